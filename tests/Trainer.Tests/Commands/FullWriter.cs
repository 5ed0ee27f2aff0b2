using System.Text;

namespace Trainer.Tests.Commands;

/// <summary>A standard output that cannot be written.</summary>
/// <param name="failure">What each write throws.</param>
internal sealed class FullWriter(Exception failure) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => throw failure;
}
