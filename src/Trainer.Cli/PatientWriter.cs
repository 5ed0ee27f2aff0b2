using System.Text;

namespace Trainer.Cli;

/// <summary>
/// An output that loses what a terminal that is gone, a closed standard output or a full disk does not take: no failure to print ends a
/// run or changes its exit code.
/// </summary>
internal sealed class PatientWriter(TextWriter writer) : TextWriter
{
    public override Encoding Encoding => writer.Encoding;

    public override void Write(char value) => Try(() => writer.Write(value));

    public override void Write(string? value) => Try(() => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => writer.Write(buffer, index, count));

    public override void Flush() => Try(writer.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Where it was closed, .NET may have opened another file under its number, which then refuses to be written.
        }
    }
}
