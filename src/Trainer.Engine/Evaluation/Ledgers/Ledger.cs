using System.Text;
using System.Text.Json;
using Trainer.Engine.Storage;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation.Ledgers;

/// <summary>
/// What an evaluation has found so far, block by block, in a folder of its own: a killed evaluation repeats the block
/// under way and nothing else. The first line of ledger.jsonl names what the verdicts depend on, each further line is a
/// block. The adversarial images are in a file beside it.
/// </summary>
public sealed class Ledger : IDisposable
{
    internal const string FileName = "ledger.jsonl";
    private const string LockName = ".lock";
    private readonly FileStream file;
    private readonly FileStream alone;
    private readonly Dictionary<(int Phase, int Block), LedgerBlock> blocks = [];

    private Ledger(string folder, FileStream alone, bool keepsImages)
    {
        (Folder, this.alone, KeepsImages) = (folder, alone, keepsImages);
        file = new(
            Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>The evaluation's folder.</summary>
    public string Folder { get; }

    /// <summary>Whether the images of broken examples are kept beside their verdicts.</summary>
    public bool KeepsImages { get; }

    /// <summary>
    /// Opens the ledger of an evaluation: one that was begun is continued; a line that a kill left unfinished is cut
    /// off.
    /// </summary>
    /// <param name="evaluations">The folder of all evaluations; created if missing.</param>
    /// <param name="identity">Names the evaluation's own folder.</param>
    /// <param name="keepsImages">Whether the images of broken examples are kept beside their verdicts.</param>
    /// <exception cref="TrainerException">
    /// The folder holds something else, cannot be written, or another process has the ledger open.
    /// </exception>
    public static Ledger Open(string evaluations, LedgerIdentity identity, bool keepsImages = true)
    {
        var folder = Path.Combine(evaluations, identity.Key);
        try
        {
            Directory.CreateDirectory(folder);
            var alone = ExclusiveFile.Open(Path.Combine(folder, LockName));
            try
            {
                AtomicFile.ClearLeftovers(folder);
                var ledger = new Ledger(folder, alone, keepsImages);
                ledger.Read(identity.ToJson());
                return ledger;
            }
            catch
            {
                alone.Dispose();
                throw;
            }
        }
        catch (IOException exception) when (ExclusiveFile.IsTaken(exception))
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The ledger of the evaluation in '{folder}' is in use by another process, which "
                + "computes the same. Wait for it to end.", exception);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The ledger of the evaluation in '{folder}' cannot be opened: "
                + $"{exception.Message.TrimEnd('.')}. Make the folder writable.", exception);
        }
    }

    /// <summary>A block that is there already; null where it is still to be computed.</summary>
    public LedgerBlock? Find(int phase, int block) => blocks.GetValueOrDefault((phase, block));

    /// <summary>Writes a block: first its images, then its line, each safe on disk before the next.</summary>
    /// <param name="block">What was found.</param>
    /// <param name="broken">
    /// Float32 [M, C, H, W], the adversarial images of the M examples that it names as broken, in their order.
    /// </param>
    /// <exception cref="TrainerException">It cannot be written.</exception>
    public void Append(LedgerBlock block, Tensor broken)
    {
        try
        {
            WriteImages(block, broken);
            WriteLine(JsonSerializer.Serialize(block, JsonSerializerOptions.Web));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(ErrorKind.Checkpoint,
                $"The ledger of the evaluation in '{Folder}' cannot be written: {exception.Message.TrimEnd('.')}. "
                + "Make room and start again: the evaluation resumes after its last whole block.", exception);
        }
        blocks.Add((block.Phase, block.Block), block);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        alone.Dispose();
    }

    private void WriteImages(LedgerBlock block, Tensor broken)
    {
        if (KeepsImages && broken.shape[0] > 0)
        {
            using var scope = NewDisposeScope();
            var indices = tensor([.. block.Examples.Where(example => example.BrokenBy is not null)
                .Select(example => example.Index)]);
            using var images =
                new FileStream(
                Path.Combine(Folder, $"{block.Phase:D2}-{block.Attack}-{block.Block:D4}.safetensors"), FileMode.Create,
                FileAccess.Write);
            SafetensorsWriter.Write(
                images, [("images", broken), ("index", indices)],
                new Dictionary<string, string> { ["attack"] = block.Attack });
            images.Flush(flushToDisk: true);
        }
    }

    private void Read(string identity)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        var lines = Encoding.UTF8.GetString(bytes, 0, whole).Split('\n')[..^1];
        file.SetLength(whole);
        file.Position = whole;
        if (lines.Length == 0)
        {
            WriteLine(identity);
            DirectorySync.Sync(Folder);
            return;
        }
        if (lines[0] != identity)
            throw Foreign("its first line names another evaluation");
        foreach (var line in lines[1..])
        {
            var block = Parse(line);
            if (!blocks.TryAdd((block.Phase, block.Block), block))
                throw Foreign($"it has block {block.Block} of {block.Attack} twice");
        }
    }

    private LedgerBlock Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LedgerBlock>(line, JsonSerializerOptions.Web)
                ?? throw Foreign("it has an empty line");
        }
        catch (JsonException exception)
        {
            throw Foreign(exception.Message.TrimEnd('.'));
        }
    }

    private void WriteLine(string line)
    {
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        file.Flush(flushToDisk: true);
    }

    private TrainerException Foreign(string why) => new(ErrorKind.Checkpoint,
        $"'{file.Name}' is not a ledger that the engine wrote for this evaluation: {why}. "
        + $"Move the folder '{Folder}' away, and the evaluation begins anew.");
}
