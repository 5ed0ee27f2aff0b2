namespace Trainer.Engine.Recipes;

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="Origin">The file and line, or the option or variable, that holds it.</param>
/// <param name="Path">The place inside the recipe: "objective.attack.steps"; empty for the whole.</param>
/// <param name="Problem">What was found and what is allowed, as half a sentence without its full stop.</param>
/// <param name="Nearest">What was probably meant, or null.</param>
public sealed record RecipeFault(Origin Origin, string Path, string Problem, string? Nearest = null)
{
    /// <summary>One line: place, path, problem and the nearest right spelling.</summary>
    public override string ToString() =>
        $"{Origin}: {(Path.Length > 0 && Origin.Source != OptionOf(Path) ? Path + ": " : "")}{Problem}.{(Nearest is null ? "" : $" Did you mean \"{Nearest}\"?")}";

    /// <summary>The option of the command line that sets a path.</summary>
    internal static string OptionOf(string path) => $"--set {path}";

    /// <summary>Throws one exception that lists every fault, if there is any.</summary>
    /// <exception cref="TrainerException">There is a fault.</exception>
    public static void ThrowIfAny(IReadOnlyList<RecipeFault> faults)
    {
        if (faults.Count == 1)
            throw new TrainerException(ErrorKind.Recipe, faults[0].ToString());
        if (faults.Count > 1)
            throw new TrainerException(ErrorKind.Recipe, $"The recipe has {faults.Count} faults:\n  {string.Join("\n  ", faults)}");
    }
}
