namespace Trainer.Reports.Markup;

/// <summary>Text that is HTML already: what is in holes of <see cref="Of"/> was escaped on its way in.</summary>
/// <param name="Text">The markup.</param>
internal readonly record struct Html(string Text)
{
    /// <summary>Nothing.</summary>
    public static Html Empty { get; } = new("");

    /// <summary>
    /// Markup with holes: strings are escaped, numbers are not changed, and markup is put in as it is.
    /// </summary>
    public static Html Of(HtmlInterpolation markup) => new(markup.ToString());

    /// <summary>One after the other.</summary>
    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Text)));

    /// <inheritdoc/>
    public override string ToString() => Text;
}
