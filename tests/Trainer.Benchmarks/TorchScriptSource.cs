namespace Trainer.Benchmarks;

/// <summary>The TorchScript of <c>peers/torchscript</c>, compiled in this process: a faulty source aborts it.</summary>
internal static class TorchScriptSource
{
    private static readonly string Folder = Path.Combine(
        Repository.Root, "tests", "Trainer.Benchmarks", "peers", "torchscript");

    /// <summary>One unit of several files, whose functions call each other.</summary>
    /// <param name="files">Their names without the ending.</param>
    public static jit.CompilationUnit Compile(params IEnumerable<string> files) =>
        jit.compile(string.Join("\n\n", files.Select(file => File.ReadAllText(Path.Combine(Folder, $"{file}.py")))));
}
