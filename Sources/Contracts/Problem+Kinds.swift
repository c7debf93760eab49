/// The kinds of problem that services answer with.
extension Problem {
    /// 404 `order_not_found`: "There is no order 42."
    public static func notFound(_ what: String, _ id: some CustomStringConvertible) -> Problem {
        Problem(
            status: 404, code: what.map { $0 == " " ? "_" : String($0) }.joined() + "_not_found", detail: "There is no \(what) \(id).")
    }

    public static func notFound(code: String, detail: String) -> Problem { Problem(status: 404, code: code, detail: detail) }

    public static func conflict(code: String, detail: String) -> Problem { Problem(status: 409, code: code, detail: detail) }

    public static func badRequest(_ detail: String, code: String = "bad_request") -> Problem {
        Problem(status: 400, code: code, detail: detail)
    }

    public static func badRequest(code: String, detail: String) -> Problem { Problem(status: 400, code: code, detail: detail) }

    /// 422 `validation_failed`, with every field that is wrong.
    public static func unprocessable(errors: [FieldError]) -> Problem {
        Problem(
            status: 422, code: "validation_failed",
            detail: errors.count == 1 ? "One field of the body is not valid." : "\(errors.count) fields of the body are not valid.",
            errors: errors)
    }

    /// 422 `validation_failed` for one field.
    public static func unprocessable(field: String, _ message: String) -> Problem {
        unprocessable(errors: [FieldError(field: field, message: message)])
    }

    /// 422 for a body that is well-formed and still cannot be done.
    public static func unprocessable(code: String, detail: String) -> Problem { Problem(status: 422, code: code, detail: detail) }

    public static func forbidden(_ detail: String = "This is not allowed for you.", code: String = "forbidden") -> Problem {
        Problem(status: 403, code: code, detail: detail)
    }

    public static func forbidden(code: String, detail: String) -> Problem { Problem(status: 403, code: code, detail: detail) }

    public static func unauthorized(
        _ detail: String = "Send an access token: Authorization: Bearer <token>.", code: String = "token_missing"
    ) -> Problem {
        // RFC 6750, section 3: no error attribute when no token was sent.
        let challenge = code == "token_missing" ? "Bearer realm=\"servicelab\"" : "Bearer realm=\"servicelab\", error=\"invalid_token\""
        return Problem(status: 401, code: code, detail: detail, headers: ["WWW-Authenticate": challenge])
    }

    public static func unauthorized(code: String, detail: String) -> Problem { unauthorized(detail, code: code) }

    /// 429 with `Retry-After`, in whole seconds, at least 1.
    public static func tooManyRequests(
        retryAfter: Duration, detail: String = "Too many requests; wait and try again.", code: String = "rate_limited"
    ) -> Problem {
        Problem(status: 429, code: code, detail: detail, headers: ["Retry-After": wholeSeconds(retryAfter)])
    }

    /// 503: nothing was done; the same request may succeed later.
    public static func unavailable(
        _ detail: String = "The service cannot answer now; try again.", code: String = "unavailable", retryAfter: Duration? = nil
    ) -> Problem {
        Problem(status: 503, code: code, detail: detail, headers: retryAfter.map { ["Retry-After": wholeSeconds($0)] } ?? [:])
    }

    /// 504: no answer in time. Whether the request had an effect is not known.
    public static func timedOut(_ detail: String, code: String = "deadline_exceeded") -> Problem {
        Problem(status: 504, code: code, detail: detail)
    }

    /// 502: a peer answered something that cannot be understood.
    public static func badGateway(_ detail: String, code: String = "bad_gateway") -> Problem {
        Problem(status: 502, code: code, detail: detail)
    }

    public static func payloadTooLarge(bytesMax: Int) -> Problem {
        Problem(status: 413, code: "payload_too_large", detail: "The body has more than \(bytesMax) bytes, which is the limit.")
    }

    /// 413: what the request would tell other services does not fit into a message. Nothing of it was kept.
    public static func messageTooLarge(bytesMax: Int) -> Problem {
        Problem(
            status: 413, code: "message_too_large",
            detail: "Other services are told of this in a message of at most \(bytesMax) bytes, and this is more: send less.")
    }

    public static func methodNotAllowed(_ method: String, allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        return Problem(
            status: 405, code: "method_not_allowed", detail: "\(method) is not possible here; use \(list).", headers: ["Allow": list])
    }

    /// 507: the device is full. Nothing of the request was kept.
    public static func insufficientStorage(_ detail: String, code: String = "storage_full") -> Problem {
        Problem(status: 507, code: code, detail: detail)
    }

    /// 500 without a reason: that is in the log, under `id`.
    public static func internalError(id: String) -> Problem {
        Problem(status: 500, code: "internal_error", detail: "Something went wrong here. It is logged under \(id).")
    }

    private static func wholeSeconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return String(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
