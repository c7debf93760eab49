import Foundation
import Runtime

/// A run as one HTML file that needs nothing else: what was found, who did what when and why, and what the databases held at each moment.
///
///     let recording = RunRecorder().record(tape, of: scenario)
///     try HTMLReport(recording).write(to: file)
///
/// The page reads no other resource and works from a file. A run of more than ``eventsMax`` events is shown without its middle.
public struct HTMLReport: Sendable {
    public static let eventsMax = 4_000

    private let recording: RunRecording
    private let shrunk: ShrunkTape?
    private let tapeFile: String?

    public init(_ recording: RunRecording, shrunk: ShrunkTape? = nil, tapeFile: String? = nil) {
        self.recording = recording
        self.shrunk = shrunk
        self.tapeFile = tapeFile
    }

    public func write(to file: URL) throws {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(html.utf8).write(to: file, options: .atomic)
    }

    public var html: String {
        let report = recording.report
        let title = "\(report.scenario) · \(report.verdict.kind)"
        return HTMLPage.template
            .replacing("{{title}}", with: Self.escaped(title))
            .replacing("{{style}}", with: HTMLPage.style)
            .replacing("{{head}}", with: head)
            .replacing("{{story}}", with: story)
            // The data comes last: whatever it contains, nothing is replaced in it.
            .replacing("{{script}}", with: HTMLPage.script, maxReplacements: 1)
            .replacing("{{data}}", with: data, maxReplacements: 1)
    }

    // MARK: Parts

    private var head: String {
        let report = recording.report
        let state = report.verdict.isPassed ? "passed" : "failed"
        let facts: [(String, String)] = [
            ("seed", "\(report.seed)"), ("strategy", report.strategy), ("virtual time", Story.duration(report.virtualSeconds)),
            ("events", "\(report.eventCount)"), ("digest", report.digest), ("faults", "\(report.faults.values.reduce(0, +))"),
        ]
        let list = facts.map { "<span><b>\($0.0)</b> \(Self.escaped($0.1))</span>" }.joined()
        return
            "<h1>\(Self.escaped(report.scenario)) <em class=\"\(state)\">\(Self.escaped(report.verdict.kind))</em></h1><p class=\"facts\">\(list)</p>"
    }

    private var story: String {
        let report = recording.report
        var html = ""
        if case .violated(let violation) = report.verdict {
            html +=
                "<dl><dt>expected</dt><dd>\(Self.escaped(violation.expected))</dd><dt>found</dt><dd class=\"found\">\(Self.escaped(violation.found))</dd>"
            if let at = violation.at { html += "<dt>when</dt><dd>\(Self.escaped(at))\(violation.event.map { ", event \($0)" } ?? "")</dd>" }
            html += "</dl>"
        } else if !report.verdict.isPassed {
            html += "<pre>\(Self.escaped(report.verdict.detail))</pre>"
        }
        let choices = report.tape.choices
        if choices.isEmpty {
            html += "<p>Everything first come, first served; no faults; the simplest workload.</p>"
        } else {
            // Faults first: they say most, and a run that was not shrunk has hundreds of deviations in the schedule.
            let items = choices.sorted { Story.rank($0) < Story.rank($1) }.map { "<li>\(Self.escaped("\(ChoiceWords($0))"))</li>" }
            html += "<p>Everything first come, first served, no faults and the simplest workload, except:</p>"
            html += "<ol>\(items.prefix(Self.choicesShown).joined())</ol>"
            let rest = items.dropFirst(Self.choicesShown)
            if !rest.isEmpty {
                html += "<details><summary>… and \(rest.count) more</summary><ol start=\"\(Self.choicesShown + 1)\">"
                html += rest.prefix(Self.choicesMax).joined() + "</ol></details>"
            }
        }
        if let shrunk {
            html +=
                "<p class=\"dim\">\(shrunk.before == shrunk.after ? "Nothing of it can be left out" : "Shrunk from \(shrunk.before.total) to \(shrunk.after.total) choices"); "
                + "\(shrunk.confirmed) of \(ShrunkTape.replays) replays fail in the same way.</p>"
        }
        if let tapeFile { html += "<p class=\"dim\"><code>labctl replay \(Self.escaped(tapeFile))</code></p>" }
        if recording.isCut { html += "<p class=\"dim\">The tables grew too large: those of the end are not shown.</p>" }
        return html
    }

    private static let choicesShown = 10
    private static let choicesMax = 1_000

    /// What the page draws from.
    private struct PageData: Encodable {
        struct Entry: Encodable {
            var n: Int
            var c: Int?
            var t: Int64
            var i: Int
            var p: String
            var s: String
        }
        var instances: [String]
        var events: [Entry]
        /// Events of the middle that are not shown.
        var omitted: Int
        var boot: Int
        var failing: Int?
        var snapshots: [TableSnapshot]
    }

    private var data: String {
        let report = recording.report
        let all = report.events ?? []
        let shown = all.count <= Self.eventsMax ? all : Array(all.prefix(Self.eventsMax / 2) + all.suffix(Self.eventsMax / 2))
        // Columns in the order in which instances come into play after the boot.
        var instances = [String]()
        var places = [String: Int]()
        for event in shown.filter({ $0.number >= report.bootEvents }) + shown where places[event.instance] == nil {
            places[event.instance] = instances.count
            instances.append(event.instance)
        }
        let entries = shown.map {
            PageData.Entry(n: $0.number, c: $0.cause, t: $0.micros, i: places[$0.instance] ?? 0, p: $0.point, s: $0.subject)
        }
        var failing: Int?
        if case .violated(let violation) = report.verdict { failing = violation.event }
        let page = PageData(
            instances: instances, events: entries, omitted: all.count - shown.count, boot: report.bootEvents, failing: failing,
            snapshots: recording.snapshots)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = (try? encoder.encode(page)) ?? Data("{}".utf8)  // numbers and strings always encode
        // Inside of a script element an end tag ends it, and "<!--" with a "<script" behind it hides that end tag.
        return String(decoding: json, as: UTF8.self).replacing("<", with: "\\u003c")
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
