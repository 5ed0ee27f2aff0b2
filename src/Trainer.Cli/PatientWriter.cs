using System.Text;

namespace Trainer.Cli;

/// <summary>
/// An output that drops what cannot be written, because its terminal is gone, it was closed or the disk is full, and
/// keeps the first failure: the command does its work first, and then reports that text was lost.
/// </summary>
internal sealed class PatientWriter(TextWriter writer) : TextWriter
{
    /// <summary>Why text was lost; null where all of it was written.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => writer.Encoding;

    public override void Write(char value) => Try(() => writer.Write(value));

    public override void Write(string? value) => Try(() => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => writer.Write(buffer, index, count));

    public override void Flush() => Try(writer.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException exception)
        {
            Failure ??= exception.Message.TrimEnd('.');
        }
        catch (UnauthorizedAccessException)
        {
            // Where it was closed, .NET has opened another file under its number, which then refuses to be written.
            Failure ??= "it is closed";
        }
    }
}
