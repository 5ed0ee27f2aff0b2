namespace Trainer.Recipes.Binding;

/// <summary>Finds what was probably meant.</summary>
public static class Spelling
{
    /// <summary>The choice nearest to what was found, or null where none is near.</summary>
    public static string? Nearest(string found, IEnumerable<string> choices)
    {
        var best = choices.Select(choice => (choice, distance: Distance(
            found.ToLowerInvariant(), choice.ToLowerInvariant())))
            .OrderBy(candidate => candidate.distance).FirstOrDefault();
        return best.choice is not null && best.distance <= Tolerance(Math.Min(found.Length, best.choice.Length))
            ? best.choice : null;
    }

    private static int Tolerance(int length) => length < 3 ? 0 : Math.Max(1, length / 3);

    /// <summary>
    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
    /// </summary>
    private static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= to.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
            for (var j = 1; j <= to.Length; j++)
            {
                var cost = from[i - 1] == to[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        return rows[from.Length, to.Length];
    }
}
