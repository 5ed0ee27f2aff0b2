namespace Trainer.Tests.Architecture;

/// <summary>Lines and files that fit on a screen.</summary>
public sealed class SourceLengthTests
{
    private const int Columns = 120;
    private const int Lines = 250;

    [Fact]
    public void No_file_is_longer_than_250_lines() =>
        Assert.Empty(Sources().Where(source => source.Lines.Length > Lines)
            .Select(source => $"{source.File}: {source.Lines.Length} lines"));

    [Fact]
    public void No_line_is_longer_than_120_columns_but_in_raw_strings() =>
        Assert.Empty(Sources().SelectMany(source => LongLines(source.Lines).Select(line => $"{source.File}:{line}")));

    [Fact]
    public void A_long_line_is_found_and_one_in_a_raw_string_is_not()
    {
        var line = new string('x', Columns + 1);
        Assert.Equal([1, 5], LongLines([line, "var text = \"\"\"", line, "    \"\"\";", line]));
        Assert.Empty(LongLines([new string('x', Columns)]));
    }

    private static IEnumerable<int> LongLines(string[] lines)
    {
        var isRaw = false;
        foreach (var (index, line) in lines.Index())
        {
            var quotes = line.Split("\"\"\"").Length - 1;
            // Lines of pages begin with a tag: a raw string within another is not followed here.
            if (line.Length > Columns && !isRaw && quotes == 0 && !line.TrimStart().StartsWith('<'))
                yield return index + 1;
            if (quotes % 2 == 1)
                isRaw = !isRaw;
        }
    }

    private static IEnumerable<(string File, string[] Lines)> Sources() =>
        from file in Repository.Sources("src", "tests", "recipes")
        select (Path.GetRelativePath(Repository.Root, file), File.ReadAllLines(file));
}
