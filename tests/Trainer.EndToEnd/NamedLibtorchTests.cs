using System.Buffers.Binary;

namespace Trainer.EndToEnd;

/// <summary>TRAINER_LIBTORCH: libtorch from a folder that the user names.</summary>
public sealed class NamedLibtorchTests : IDisposable
{
    private static readonly string Own = FolderOf(Path.Combine(
        AppContext.BaseDirectory, "libtorch", "libtorch_cpu.so"));
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void The_same_libtorch_from_another_folder_trains()
    {
        var doctor = Run(Own, "doctor");
        Assert.Contains($"2.10.0 in {Own}", doctor.Output, StringComparison.Ordinal);
        Assert.Equal(0, doctor.ExitCode);
        Assert.Equal(
            0, Run(Own, "train", "small.json", "--set", "train.maxSteps=1", "--set", "evaluate.final=[]").ExitCode);
        Assert.True(File.Exists(workbench.At("checkpoints", "small", "latest")));
    }

    [Fact]
    public void A_folder_without_libtorch_is_refused()
    {
        var result = Run(workbench.Folder, "train", "small.json");
        Assert.Equal(5, result.ExitCode);
        Assert.Contains(
            $"TRAINER_LIBTORCH is {workbench.Folder}, but neither it nor its folder lib holds libtorch_cpu.so",
            result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_version_is_refused_with_a_symbol_that_it_lacks()
    {
        var folder = Directory.CreateDirectory(workbench.At("torch", "lib")).FullName;
        foreach (var name in (string[])["libc10.so", "libtorch.so"])
            File.Copy(Path.Combine(Own, name), Path.Combine(folder, name));
        File.WriteAllBytes(
            Path.Combine(folder, "libtorch_cpu.so"),
            WithItsNamesSwapped(File.ReadAllBytes(Path.Combine(Own, "libtorch.so"))));
        File.WriteAllText(workbench.At("torch", "build-version"), "1.13.1\n");
        var result = Run(workbench.At("torch"), "train", "small.json");
        Assert.Equal(5, result.ExitCode);
        Assert.Matches($@"^error: .*libtorch 2\.10\.0 .*1\.13\.1 in {folder}: it lacks _Z\w+\. .*\n$", result.Error);
    }

    private CommandResult Run(string libtorch, params string[] arguments) =>
        TrainerProcess.Run(
        workbench.Folder, arguments, new Dictionary<string, string> { ["TRAINER_LIBTORCH"] = libtorch });

    private static string FolderOf(string file) =>
        Path.GetDirectoryName(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file)!;

    /// <summary>
    /// libtorch.so has no symbols, needs libtorch_cpu.so, and names itself libtorch.so: exchanged, it is an empty
    /// libtorch_cpu.so.
    /// </summary>
    private static byte[] WithItsNamesSwapped(byte[] image)
    {
        const int dynamicSegment = 2, needed = 1, ownName = 14;
        var header = (int)Int64(32);
        while (BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(header)) != dynamicSegment)
            header += 56;
        var table = (int)Int64(header + 8);
        var (first, second) = (Entry(needed), Entry(ownName));
        var (library, itself) = (Int64(first), Int64(second));
        BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(first), itself);
        BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(second), library);
        return image;

        long Int64(int offset) => BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(offset));
        int Entry(long tag) =>
            Enumerable.Range(0, 100).Select(index => table + index * 16).First(entry => Int64(entry) == tag) + 8;
    }
}
