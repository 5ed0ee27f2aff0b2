using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Trainer.Recipes;

namespace Trainer.Engine.Metrics;

/// <summary>
/// metrics.jsonl, open for appending. It never has a line twice or lacks one: at resume it is cut to the length that
/// the checkpoint recorded.
/// </summary>
public sealed class MetricsFile : IDisposable
{
    private readonly Stream file;
    private readonly List<byte> waiting = [];
    private bool hasPartOfALine;

    internal MetricsFile(Stream file)
    {
        this.file = file;
        Length = file.Position;
    }

    /// <summary>Length in bytes of the lines that are written: what a checkpoint records.</summary>
    public long Length { get; private set; }

    /// <summary>Opens the file and cuts it to a recorded length; 0 begins anew.</summary>
    /// <param name="path">Created if missing.</param>
    /// <param name="length">What the checkpoint that is resumed from recorded.</param>
    /// <exception cref="TrainerException">The file is shorter, or does not end a line there.</exception>
    public static MetricsFile Open(string path, long length)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            if (file.Length < length)
                throw Lost(path, $"has {file.Length} bytes, and the checkpoint recorded {length}");
            file.Position = Math.Max(length - 1, 0);
            if (length > 0 && file.ReadByte() != '\n')
                throw Lost(path, $"has no end of line at byte {length}, where the checkpoint recorded one");
            file.SetLength(length);
            file.Position = length;
            return new MetricsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends a line and hands it to the operating system, after those that wait.</summary>
    /// <returns>Why it and they wait now, of a full disk for example; null where all are written.</returns>
    public IOException? Append(MetricLine line)
    {
        waiting.AddRange([.. line.ToJson(), (byte)'\n']);
        return Write();
    }

    /// <summary>Writes the lines that wait.</summary>
    /// <returns>Why they wait on; null where all are written.</returns>
    public IOException? Write()
    {
        try
        {
            Cut();
            hasPartOfALine = true;
            file.Write(CollectionsMarshal.AsSpan(waiting));
            hasPartOfALine = false;
            Length += waiting.Count;
            waiting.Clear();
            return null;
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // .NET's own answer to a file above a quota.
            return Later(new IOException($"The system refuses a file of more than {Length} bytes here.", exception));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            return Later(exception as IOException ?? new(exception.Message, exception));
        }
    }

    private IOException Later(IOException failure)
    {
        try
        {
            Cut();
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            // The next write tries again.
        }
        return failure;
    }

    /// <summary>Removes the part of a line that there was room for.</summary>
    private void Cut()
    {
        if (!hasPartOfALine)
            return;
        file.SetLength(Length);
        file.Position = Length;
        hasPartOfALine = false;
    }

    /// <summary>
    /// Every line of a file, in order; of one that is being written too. A last line that has no end is left out.
    /// </summary>
    /// <exception cref="TrainerException">A line is not one that the engine writes.</exception>
    public static IEnumerable<MetricLine> Read(string path) => ReadWithLengths(path).Select(line => line.Line);

    /// <summary>The length in bytes of the lines before the first one that is sought; of all where none is.</summary>
    /// <inheritdoc cref="Read"/>
    public static long LengthBefore(string path, Predicate<MetricLine> sought) =>
        ReadWithLengths(path).TakeWhile(line => !sought(line.Line)).Sum(line => line.Length);

    private static IEnumerable<(MetricLine Line, long Length)> ReadWithLengths(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var isWhole = EndsALine(file);
        using var reader = new StreamReader(file);
        for (var number = 1; reader.ReadLine() is { } line && (isWhole || !reader.EndOfStream); number++)
            yield return (Parse(path, number, line), Encoding.UTF8.GetByteCount(line) + 1);
    }

    private static bool EndsALine(FileStream file)
    {
        if (file.Length == 0)
            return true;
        file.Position = file.Length - 1;
        var last = file.ReadByte();
        file.Position = 0;
        return last == '\n';
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private static MetricLine Parse(string path, int number, string line)
    {
        try
        {
            return MetricLine.Parse(Encoding.UTF8.GetBytes(line));
        }
        catch (JsonException exception)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"Line {number} of '{path}' is not one that the engine writes: "
                + $"{exception.Message.TrimEnd('.')}. Mend or remove the line.", exception);
        }
    }

    private static TrainerException Lost(string path, string what) => new(
        ErrorKind.Checkpoint,
        $"'{path}' {what}: it was cut or replaced since. Put it back as it was, "
        + "or resume from this checkpoint into another folder with --resume CHECKPOINT --run DIR.");
}
