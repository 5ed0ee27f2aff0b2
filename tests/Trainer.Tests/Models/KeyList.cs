using Trainer.Robustness.Models;

namespace Trainer.Tests.Models;

/// <summary>A file of Fixtures/keys: what the state dict of a public network holds.</summary>
/// <param name="Model">The network's description in recipes.</param>
/// <param name="Images">The shape of its images.</param>
/// <param name="Parameters">How many parameters it has.</param>
/// <param name="Tensors">Key, dtype and shape of each tensor, as one line.</param>
internal sealed record KeyList(string Model, ImageShape Images, long Parameters, IReadOnlyList<string> Tensors)
{
    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "keys");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder).Select(file => Path.GetFileNameWithoutExtension(file)!)
        .Order(StringComparer.Ordinal);

    public static KeyList Read(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, name + ".txt")).Where(line => !line.StartsWith('#'))
            .ToList();
        return new(
            After("model ", lines[0]), Shape([.. After("images ", lines[1]).Split(' ').Select(double.Parse)]),
            long.Parse(After("parameters ", lines[2])), lines[3..]);
    }

    public static ImageShape Shape(double[] sizes) => new((long)sizes[0], (long)sizes[1], (long)sizes[2]);

    private static string After(string start, string line) =>
        line.StartsWith(start, StringComparison.Ordinal) ? line[start.Length..]
        : throw new InvalidDataException($"Found \"{line}\", expected a line that begins with \"{start}\".");
}
