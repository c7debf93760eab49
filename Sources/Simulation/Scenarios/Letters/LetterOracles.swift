import GRDB
import Messaging

/// What ``LetterDelivery`` promises.
extension Oracle where Self == Check {
    /// Also those that a client was told of, and no others.
    static var lettersArriveOnce: Check {
        Check("each letter arrives once") { view in
            var received = [Int64: Int]()
            for row in try view.rows("receiver", "SELECT letter, count(*) FROM received GROUP BY letter") { received[row[0]] = row[1] }
            var known = Set<String>()
            for row in try view.rows("sender", "SELECT id, kind, receipts FROM letter ORDER BY id") {
                let (id, kind, receipts) = (row[0] as Int64, row[1] as String, row[2] as Int)
                known.insert(String(id))
                let times = LetterKind(rawValue: kind)?.arrives == true ? 1 : 0
                let got = received.removeValue(forKey: id) ?? 0
                try view.expect(got == times, "letter \(id), which is \(kind), arrives \(times) times", "it arrived \(got) times")
                try view.expect(receipts == times, "letter \(id), which is \(kind), has \(times) receipts", "it has \(receipts)")
            }
            try view.expect(received.isEmpty, "nothing arrives that was not sent", "letters \(received.keys.sorted()) did")
            if let lost = view.journal.promises("letter").first(where: { !known.contains($0.id) }) {
                try view.expect(false, "letter \(lost.id), which a client was told of, exists", "it is gone")
            }
        }
    }

    static var lettersInOrder: Check {
        Check("letters of one address arrive in order") { view in
            var last = [String: Int64]()
            for row in try view.rows("receiver", "SELECT letter, address FROM received ORDER BY seq") {
                let (letter, address) = (row[0] as Int64, row[1] as String)
                let before = last.updateValue(letter, forKey: address) ?? 0
                try view.expect(before < letter, "letter \(letter) arrives at \(address) before letter \(before)", "it came after it")
            }
        }
    }

    /// Each once, after as many attempts as the policy says, with a reason.
    static var unreadableLettersAreDead: Check {
        Check("unreadable letters are dead letters") { view in
            var dead = [String: DeadLetter]()
            for letter in try view.deadLetters() where !LabView.isPoison(letter.message) { dead[letter.message.subject] = letter }
            for row in try view.rows("sender", "SELECT id, kind FROM letter ORDER BY id") {
                let (id, kind) = (row[0] as Int64, LetterKind(rawValue: row[1])!)
                guard !kind.arrives else { continue }
                guard let letter = dead.removeValue(forKey: String(id)) else {
                    return try view.expect(false, "letter \(id), which is \(kind), is a dead letter", "it is none")
                }
                try view.expect(
                    letter.causes.last?.isEmpty == false, "the dead letter \(id) says why", "it gives \(letter.causes.count) reasons")
                try view.expect(
                    letter.attempts <= ReceiverService.retry.attemptsMax, "at most \(ReceiverService.retry.attemptsMax) attempts",
                    "\(letter.attempts)")
            }
            try view.expect(dead.isEmpty, "what can be read is no dead letter", "letters \(dead.keys.sorted()) are")
        }
    }

    static var reminded: Check {
        Check("somebody is reminded once of each letter") { view in
            let sql = "SELECT id, (SELECT count(*) FROM reminder WHERE letter = id) AS times FROM letter WHERE times <> 1 ORDER BY id"
            guard let row = try view.rows("sender", sql).first else { return }
            try view.expect(false, "one reminder of letter \(row[0] as Int64)", "there are \(row[1] as Int)")
        }
    }
}
