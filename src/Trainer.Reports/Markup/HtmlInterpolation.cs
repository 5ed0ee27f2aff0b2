using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Trainer.Reports.Markup;

/// <summary>
/// Fills the holes of markup. Everything that is no markup is escaped, so that a page shows names and never obeys them.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct HtmlInterpolation
{
    private readonly StringBuilder text;

    /// <summary>Called by the compiler.</summary>
    public HtmlInterpolation(int literalLength, int holes) => text = new(literalLength + 16 * holes);

    /// <summary>Markup of the source itself.</summary>
    public void AppendLiteral(string literal) => text.Append(literal);

    /// <summary>Markup that was made elsewhere.</summary>
    public void AppendFormatted(Html markup) => text.Append(markup.Text);

    /// <summary>Pieces of markup, one after the other.</summary>
    public void AppendFormatted(IEnumerable<Html> parts)
    {
        foreach (var part in parts)
            text.Append(part.Text);
    }

    /// <summary>A text, escaped for elements and for attributes in either kind of quotation marks.</summary>
    public void AppendFormatted(string? value)
    {
        foreach (var character in value ?? "")
            _ = character switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '"' => text.Append("&quot;"),
                '\'' => text.Append("&#39;"),
                '\t' or '\n' => text.Append(character),
                // XML has no such characters, not even escaped.
                < ' ' or '\uFFFE' or '\uFFFF' => text.Append('\uFFFD'),
                _ => text.Append(character),
            };
    }

    /// <summary>A whole number.</summary>
    public void AppendFormatted(int value) => text.Append(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A coordinate of a drawing.</summary>
    public void AppendFormatted(double value) =>
        text.Append(Math.Round(value, 1).ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => text.ToString();
}
