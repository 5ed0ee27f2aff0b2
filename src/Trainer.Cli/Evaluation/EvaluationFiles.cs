using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Cli.Evaluation;

/// <summary>Where an evaluation writes, as the command line names it; null where it names nothing.</summary>
/// <param name="Ledgers">The folder for ledgers, results and checks.</param>
/// <param name="Results">The JSON file of the results.</param>
/// <param name="Logits">The safetensors file for the logits of the clean test images.</param>
internal sealed record EvaluationFiles(string? Ledgers, string? Results, string? Logits)
{
    /// <summary>Checks that all of them can be written, before any work begins.</summary>
    /// <exception cref="TrainerException">One cannot, or a file exists.</exception>
    public void Check()
    {
        if (Results is not null)
            Destination.CheckNewFile("--out", Results);
        if (Logits is not null)
            Destination.CheckNewFile("--logits", Logits);
        if (Results is not null && Logits is not null && Path.GetFullPath(Results) == Path.GetFullPath(Logits))
            throw new TrainerException(
                ErrorKind.Recipe, $"--logits: '{Logits}' is the file of --out, too. Name another.");
        if (Ledgers is not null)
            Destination.CheckFolder("--ledger", Ledgers);
    }
}
