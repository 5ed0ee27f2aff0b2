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

    /// <summary>Where ledgers and results go; null, with a word about it, where nothing can be written.</summary>
    /// <param name="usual">Where they go by default; null for nowhere.</param>
    public string? Folder(string? usual)
    {
        if ((Ledgers ?? usual) is not { } folder)
            return null;
        try
        {
            var full = Directory.CreateDirectory(folder).FullName;
            // Created and deleted: a folder may be there and yet closed to writing.
            using (File.Create(Path.Combine(full, $".probe-{Environment.ProcessId}"), 1, FileOptions.DeleteOnClose))
                return full;
        }
        catch (Exception exception) when (Ledgers is null && exception.IsFileFault())
        {
            Console.Error.WriteLine(
                $"warning: '{folder}' cannot be written ({exception.Message.TrimEnd('.')}), "
                + "so this evaluation keeps no ledger and cannot resume if it is stopped; "
                + "--ledger DIR keeps one elsewhere.");
            return null;
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Recipe, $"--ledger: '{folder}' cannot be written: {exception.Message.TrimEnd('.')}. "
                + "Name another folder.", exception);
        }
    }
}
