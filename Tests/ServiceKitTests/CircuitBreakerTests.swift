import Runtime
import ServiceKit
import Testing

@Suite struct CircuitBreakerTests {
    private let start = Timestamp(seconds: 1000)

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(failuresMax: 3, openFor: .seconds(5))
        for _ in 0..<3 { breaker.failed(now: start) }
        return breaker
    }

    @Test func `failures in a row open it, a success between them does not let it come to that`() {
        var breaker = CircuitBreaker(failuresMax: 3, openFor: .seconds(5))
        breaker.failed(now: start)
        breaker.failed(now: start)
        breaker.succeeded()
        breaker.failed(now: start)
        breaker.failed(now: start)
        #expect(breaker.state(now: start) == .closed)
        #expect(breaker.admit(now: start) == .pass)
        breaker.failed(now: start)
        #expect(breaker.state(now: start) == .open)
    }

    @Test func `an open one refuses and says for how long`() {
        var breaker = opened()
        #expect(breaker.admit(now: start + .seconds(2)) == .refuse(retryAfter: .seconds(3)))
    }

    @Test func `a half open one lets a single call try`() {
        var breaker = opened()
        let later = start + .seconds(5)
        #expect(breaker.state(now: later) == .halfOpen)
        #expect(breaker.admit(now: later) == .pass)
        #expect(breaker.admit(now: later + .seconds(1)) == .refuse(retryAfter: .seconds(4)))
    }

    @Test func `the try closes it or opens it again`() {
        var good = opened()
        let later = start + .seconds(6)
        _ = good.admit(now: later)
        good.succeeded()
        #expect(good.state(now: later) == .closed)

        var bad = opened()
        _ = bad.admit(now: later)
        bad.failed(now: later)
        #expect(bad.state(now: later + .seconds(4)) == .open)
        #expect(bad.state(now: later + .seconds(5)) == .halfOpen)
    }

    @Test func `a try that never reports makes room for another`() {
        var breaker = opened()
        let later = start + .seconds(5)
        #expect(breaker.admit(now: later) == .pass)
        #expect(breaker.admit(now: later + .seconds(5)) == .pass)
    }
}
