using System.Reflection;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>A whole page: nothing of it comes from elsewhere, and no script runs in it.</summary>
internal static class Page
{
    private const string StyleResource = "report.css";

    /// <summary>The mark of origin on every page, by which an earlier one is recognised.</summary>
    public const string Generator = "Trainer";

    private static readonly Html Style = new(ReadStyle());

    /// <summary>Puts head and body together.</summary>
    /// <param name="title">The window's title.</param>
    /// <param name="body">The content.</param>
    public static string Of(string title, Html body) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="generator" content="{Generator}"/>
        <link rel="icon" href="data:,"/>
        <title>{title}</title>
        <style>
        {Style}</style>
        </head>
        <body>
        {body}</body>
        </html>

        """).Text;

    /// <summary>Whether a file is a page of ours, which a newer one may replace.</summary>
    /// <param name="name">The option that names it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TrainerException">It cannot be read.</exception>
    public static bool IsOurs(string name, string path) =>
        Destination.Beginning(name, path)
            .Contains($"name=\"generator\" content=\"{Generator}\"", StringComparison.Ordinal);

    private static string ReadStyle()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(StyleResource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {StyleResource}.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
