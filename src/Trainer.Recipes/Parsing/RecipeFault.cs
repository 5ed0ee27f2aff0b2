
namespace Trainer.Recipes.Parsing;

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="Origin">The file and line, or the option or variable, that holds it.</param>
/// <param name="Path">The place inside the recipe: "objective.attack.steps"; empty for the whole.</param>
/// <param name="Problem">What was found and what is allowed, as half a sentence without its full stop.</param>
/// <param name="Nearest">What was probably meant, or null.</param>
public sealed record RecipeFault(Origin Origin, string Path, string Problem, string? Nearest = null)
{
    /// <summary>One line: place, path, problem and the nearest right spelling.</summary>
    public override string ToString() =>
        $"{Origin}: {(Origin.Source == OptionOf(Path) ? "" : Place)}{Problem}."
        + $"{(Nearest is null ? "" : $" Did you mean \"{Nearest}\"?")}";

    /// <summary>Whether another fault has the same message, whatever it blames.</summary>
    internal bool IsSameAs(RecipeFault other) => Path == other.Path && Problem == other.Problem;

    private string Place
    {
        get
        {
            var inside = Origin.Root.Length > 0 && RecipePath.IsWithin(Path, Origin.Root);
            var place = inside ? Path[Origin.Root.Length..].TrimStart('.') : Path;
            return place.Length > 0 ? $"{place}: " : "";
        }
    }

    /// <summary>The option of the command line that sets a path.</summary>
    internal static string OptionOf(string path) => $"--set {path}";

    /// <summary>Throws one exception that lists every fault, if there is any.</summary>
    /// <exception cref="TrainerException">There is a fault.</exception>
    public static void ThrowIfAny(IReadOnlyList<RecipeFault> faults)
    {
        if (faults.Count == 1)
            throw new TrainerException(ErrorKind.Recipe, faults[0].ToString());
        if (faults.Count > 1)
            throw new TrainerException(
                ErrorKind.Recipe, $"The recipe has {faults.Count} faults:\n  {string.Join("\n  ", faults)}");
    }
}
