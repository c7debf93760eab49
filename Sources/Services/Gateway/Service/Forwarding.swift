import Contracts
import Foundation
import GatewayAPI
import Logging
import Messaging
import Runtime
import ServiceKit
import Synchronization

/// Passes requests on to the services, and answers back: the gateway's hot path.
///
/// In this order: CORS preflight, rate limit, route, API version, cache, upstream (deadline, retries, breaker), cache again, entity tag,
/// headers, log. What web pages are told (``CORSRules/mark(_:of:)``) comes last, for all answers of the gateway. Runs on the caller's thread; what it shares is behind locks that are held for a look or a note.
final class Forwarding: Sendable {
    let world: World
    let log = RequestLog()
    private let logger: Logger
    private let context: ServiceContext
    private let gate: TokenGate
    private let policy: CallPolicy
    private let limiter: RateLimiter?
    private let cache: ResponseCache?
    let cors: CORSRules
    private let versions: APIVersions
    private let opened: Mutex<Doors>

    init(context: ServiceContext, gate: TokenGate) throws {
        world = context.world
        logger = context.logger
        self.context = context
        self.gate = gate
        let settings = context.settings
        policy = Doors.policy(settings)
        limiter = RateLimiter(settings: settings)
        let limits = CacheLimits(settings: settings)
        cache = limits.timeToLive > .zero ? ResponseCache(limits: limits) : nil
        cors = CORSRules(settings: settings)
        versions = try APIVersions(settings: settings)
        opened = Mutex(Doors(table: GatewayRouteTable([]), targets: [], context: context, policy: policy))
    }

    func open(to table: GatewayRouteTable, targets: [GatewayTarget]) {
        let doors = Doors(table: table, targets: targets, context: context, policy: policy)
        opened.withLock { $0 = doors }
    }

    var doors: Doors { opened.withLock { $0 } }

    func respond(to original: RawRequest) async throws -> RawReply {
        if let reply = cors.preflight(original) { return reply }
        let began = world.now
        var request = original
        var trail = Trail()
        var verdict: TokenBucket.Verdict?
        var reply: RawReply
        do {
            if gate.shouldLoadKeys(after: request.refusedToken) { await reconsider(&request) }
            trail.userID = request.principal?.userID
            verdict = limiter?.take(trail.userID ?? request.remoteAddress ?? "unknown", now: began)
            if let verdict, !verdict.isAllowed { throw Problem.tooManyRequests(retryAfter: verdict.reset) }
            reply = try await pass(&request, &trail)
        } catch var problem as Problem {
            problem.instance = String(request.path.prefix(500))
            problem.request_id = request.cause.correlationID
            reply = .problem(problem)
        }
        if let limiter, let verdict { Self.mark(&reply, verdict, limit: limiter.limit) }
        if let state = trail.cache { reply.headers.add("X-Cache", state.rawValue) }
        note(request, original.path, reply.status, trail, began: began)
        return reply
    }

    /// What became of a request on its way.
    private struct Trail {
        enum CacheState: String { case hit, miss, stale }
        var service: String?
        var userID: String?
        var cache: CacheState?
    }

    private func pass(_ request: inout RawRequest, _ trail: inout Trail) async throws -> RawReply {
        if InternalPath.isInternal(request.path) || InternalPath.hasDotSegments(request.path) { throw Self.internalPath }
        let notices = try versions.check(request.path)
        let outside = request.target
        let (door, path) = try doors.find(request.path)
        if InternalPath.isInternal(path) { throw Self.internalPath }
        trail.service = door.target.service
        request.path = path
        let condition = request.method == "GET" ? request.headers["If-None-Match"] : nil
        var reply: RawReply
        if let cache, asksCache(request) {
            reply = try await read(&request, outside, door, cache, condition, &trail)
        } else {
            prepare(&request)
            reply = try await door.upstream.respond(request)
            if request.method != "GET", request.method != "HEAD", reply.status < 400 { cache?.changed(door.target.service) }
            Self.tag(&reply, request, condition)
        }
        for (name, value) in notices { reply.headers.add(name, value) }
        return reply
    }

    /// Staff sees more on some public pages than others do, so staff is never answered from the cache, nor into it.
    private func asksCache(_ request: RawRequest) -> Bool {
        request.method == "GET" && request.principal?.isStaff != true && !world.buggify("gateway.cache-passed-by")
            && request.headers["Cache-Control"].map { !$0.contains("no-cache") && !$0.contains("no-store") } ?? true
    }

    private func read(
        _ request: inout RawRequest, _ key: String, _ door: Doors.Door, _ cache: ResponseCache, _ condition: String?, _ trail: inout Trail
    ) async throws -> RawReply {
        var stale: CachedReply?
        let epoch: UInt64
        switch cache.find(key, of: door.target.service, now: world.now) {
        case .fresh(let kept):
            trail.cache = .hit
            return Self.answer(kept, condition)
        case .stale(let kept, let now): (stale, epoch) = (kept, now)
        case .absent(let now): epoch = now
        }
        let mayKeep = door.publicReads.contains(request.path)
        // What may be kept belongs to nobody, so nobody asks for it.
        if mayKeep { request.principal = nil }
        prepare(&request)
        do {
            var reply = try await door.upstream.respond(request)
            if Self.isOutage(reply.status), let stale { return Self.giveStale(stale, condition, &trail) }
            guard mayKeep else {
                Self.tag(&reply, request, condition)
                return reply
            }
            trail.cache = .miss
            guard CachedReply.mayKeep(reply) else { return reply }
            reply.headers.remove("X-Request-ID")
            reply.headers.remove("traceparent")
            let tag = EntityTag.of(reply.body)
            reply.headers["ETag"] = tag
            let kept = CachedReply(reply, tag: tag)
            cache.add(kept, for: key, epoch: epoch, now: world.now)
            return Self.answer(kept, condition)
        } catch let problem as Problem where Self.isOutage(problem.status) {
            guard let stale else { throw problem }
            return Self.giveStale(stale, condition, &trail)
        }
    }

    /// What goes on with the request: one correlation, one trace, and an identity that only the gateway can have written.
    private func prepare(_ request: inout RawRequest) {
        request.origin = .peer
        request.headers.remove("X-User-ID")
        request.headers.remove("X-User-Roles")
        if let principal = request.principal {
            request.headers.add("X-User-ID", principal.userID)
            if !principal.roles.isEmpty { request.headers.add("X-User-Roles", principal.roles.sorted().joined(separator: ",")) }
        }
        request.headers["X-Request-ID"] = request.cause.correlationID
        if let traceparent = request.cause.traceparent { request.headers["traceparent"] = traceparent }
    }

    /// The keys may have come, or changed, since the listener looked at the token.
    private func reconsider(_ request: inout RawRequest) async {
        await gate.loadKeys()
        guard let token = request.bearerToken else { return }
        do {
            request.principal = try gate.principal(bearer: token, now: world.now)
            request.refusedToken = nil
        } catch {
            request.refusedToken = error
        }
    }

    private func note(_ request: RawRequest, _ path: String, _ status: Int, _ trail: Trail, began: Timestamp) {
        log.add(
            LoggedRequest(
                at: began, request_id: request.cause.correlationID, method: request.method, path: path, service: trail.service,
                status: status, microseconds: (world.now - began).microseconds, cache: trail.cache?.rawValue,
                user_id: trail.userID))
        logger.debug(
            "request passed",
            metadata: ["method": "\(request.method)", "path": "\(path)", "status": "\(status)", "service": "\(trail.service ?? "-")"])
    }

    private static var internalPath: Problem {
        .notFound(code: "internal_endpoint", detail: "Paths under /internal are for services of the lab only.")
    }

    private static func isOutage(_ status: Int) -> Bool { status == 502 || status == 503 || status == 504 }

    private static func giveStale(_ kept: CachedReply, _ condition: String?, _ trail: inout Trail) -> RawReply {
        trail.cache = .stale
        var reply = answer(kept, condition)
        reply.headers.add("Warning", "110 - \"Response is Stale\"")
        return reply
    }

    private static func answer(_ kept: CachedReply, _ condition: String?) -> RawReply {
        guard let condition, EntityTag.matches(condition, kept.tag) else { return kept.reply }
        return notModified(kept.reply)
    }

    private static func tag(_ reply: inout RawReply, _ request: RawRequest, _ condition: String?) {
        guard reply.status == 200, request.method == "GET", reply.stream == nil, reply.headers["ETag"] == nil else { return }
        let tag = EntityTag.of(reply.body)
        reply.headers.add("ETag", tag)
        if let condition, EntityTag.matches(condition, tag) { reply = notModified(reply) }
    }

    private static func notModified(_ reply: RawReply) -> RawReply {
        var reply = reply
        reply.status = 304
        reply.body = Data()
        reply.headers.remove("Content-Type")
        reply.headers.remove("Content-Length")
        return reply
    }

    private static func mark(_ reply: inout RawReply, _ verdict: TokenBucket.Verdict, limit: String) {
        reply.headers.reserveCapacity(reply.headers.count + 6)
        reply.headers.add("RateLimit-Limit", limit)
        reply.headers.add("RateLimit-Remaining", String(verdict.remaining))
        reply.headers.add("RateLimit-Reset", String((verdict.reset.microseconds + 999_999) / 1_000_000))
    }
}
