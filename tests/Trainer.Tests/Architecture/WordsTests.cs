using System.Text.RegularExpressions;

namespace Trainer.Tests.Architecture;

/// <summary>Comments, messages and names of tests use the words of the field and of plain English.</summary>
public sealed partial class WordsTests
{
    [Fact]
    public void Sources_have_none_of_the_private_words() =>
        Assert.Empty(from file in Repository.Sources("src")
                     from line in File.ReadLines(file)
                     where IsPrivate(line)
                     select $"{file}: {line.Trim()}");

    [Fact]
    public void Names_of_tests_have_none_of_the_private_words() =>
        Assert.Empty(from file in Repository.Sources("tests")
                     from line in File.ReadLines(file)
                     where line.TrimStart().StartsWith("public void ", StringComparison.Ordinal)
                         && IsPrivate(line.Replace('_', ' '))
                     select $"{file}: {line.Trim()}");

    [Theory]
    [InlineData("/// <summary>The run goes on from the last checkpoint.</summary>", true)]
    [InlineData("/// <summary>What tells classes apart lies in the figures.</summary>", true)]
    [InlineData("""<figure class="chart"><figcaption>""", false)]
    [InlineData("""[("figure", "value")]""", false)]
    [InlineData("/// <summary>Continues from the last checkpoint.</summary>", false)]
    public void A_private_word_is_found(string line, bool found) => Assert.Equal(found, IsPrivate(line));

    // The element of HTML and the former key of checks.json are names of others.
    private static bool IsPrivate(string line) => PrivateWords().IsMatch(line);

    [GeneratedRegex(@"\b(goes on|go on|went on|stands?|lies|tells? \w+ apart)\b|(?<![</""])\bfigures?\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex PrivateWords();
}
