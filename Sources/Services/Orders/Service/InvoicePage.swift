import OrdersAPI
import Runtime

/// An invoice as an HTML page: for people who open `/orders/{id}/invoice` in a browser.
struct InvoicePage {
    let invoice: InvoiceView

    /// True when `accept` prefers HTML to JSON. Quality values are not weighed: the type that is named first wins.
    static func isPreferred(accept: String?) -> Bool {
        guard let accept else { return false }
        for part in accept.split(separator: ",") {
            let type = part.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
            if type == "text/html" || type == "application/xhtml+xml" { return true }
            if type == "application/json" || type == "*/*" || type == "application/*" { return false }
        }
        return false
    }

    var html: String {
        let rows = invoice.lines.map { line in
            """
            <tr><td>\(escaped(line.description))</td><td class="number">\(line.quantity)</td>\
            <td class="number">\(line.unit_price)</td><td class="number">\(line.total)</td></tr>
            """
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Invoice \(invoice.number)</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
            table { border-collapse: collapse; width: 100% }
            th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd }
            .number { text-align: right; font-variant-numeric: tabular-nums }
            tfoot td { font-weight: 600; border-bottom: 0 }
            </style>
            </head>
            <body>
            <h1>Invoice \(invoice.number)</h1>
            <p>Order \(invoice.order_id) of customer \(escaped(invoice.user_id.text)), issued \
            <time datetime="\(invoice.issued_at.rfc3339)">\(invoice.issued_at.rfc3339.prefix(10))</time>. \(payment)</p>
            <table>
            <thead><tr><th>Description</th><th class="number">Quantity</th><th class="number">Price</th><th class="number">Total</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            <tfoot><tr><td colspan="3">Total in \(invoice.currency)</td><td class="number">\(invoice.total)</td></tr></tfoot>
            </table>
            </body>
            </html>

            """
    }

    private var payment: String {
        guard let payment = invoice.payment else { return "No payment was taken." }
        let card = payment.card_last4.map { " Card ending in \($0)." } ?? ""
        return "Payment \(payment.status.rawValue).\(card)"
    }

    private func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
