using System.Diagnostics;
using System.IO.Compression;
using Trainer.Engine.Storage.PyTorch;

namespace Trainer.Tests.PyTorch;

public sealed class TorchFileWriterTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// written.txt is what PyTorch found in a file of these records: python3 make.py --check FILE. Only records that
    /// PyTorch reads are compared, because .NET's zip archive around them may change with its version.
    /// </summary>
    [Fact]
    public void The_records_are_those_that_PyTorch_was_seen_to_read()
    {
        using var scope = NewDisposeScope();
        Write("weights.pt");
        using var written = ZipFile.OpenRead(folder.At("weights.pt"));
        Assert.All(written.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
        var records = written.Entries.ToDictionary(entry => entry.FullName, Bytes);
        Assert.Equal(
            ["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/data/1", "archive/data/2",
                "archive/data/3", "archive/version", "archive/trainer.json"], records.Keys);
        Assert.Equal(File.ReadAllText(TorchBytes.Fixture("written-pickle.txt")).Trim(),
            Convert.ToHexStringLower(records["archive/data.pkl"]));
        Assert.Equal([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0], records["archive/data/0"]);
        Assert.Equal("little"u8.ToArray(), records["archive/byteorder"]);
        Assert.Equal("3\n"u8.ToArray(), records["archive/version"]);
    }

    [Fact]
    public void PyTorch_loads_it_with_equal_tensors_where_PyTorch_is_installed()
    {
        using var scope = NewDisposeScope();
        Write("weights.pt");
        if (!HasPyTorch())
            return;
        Assert.Equal(
            [
                "net.weight torch.float32 [1, 2] [1.0, -2.5]", "net.count torch.int64 [] [3.0]",
                "größe torch.float16 [3, 2] [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]", "none torch.bool [0] []",
            ], Run([TorchBytes.Fixture("make.py"), "--check", folder.At("weights.pt")]).Trim().Split('\n'));
    }

    [Fact]
    public void It_is_read_back_with_its_metadata_and_equal_tensors_give_equal_bytes()
    {
        using var scope = NewDisposeScope();
        Write("weights.pt");
        Write("again.pt");
        Assert.Equal(File.ReadAllBytes(folder.At("weights.pt")), File.ReadAllBytes(folder.At("again.pt")));
        using var file = TorchFile.Open(folder.At("weights.pt"));
        Assert.Equal(State().Select(item => item.Name), file.Entries.Select(entry => entry.Name));
        foreach (var (name, tensor) in State())
            TensorAssert.Same(tensor, file.Read(name));
        Assert.Equal("2", file.Metadata["classes"]);
        Assert.Empty(file.Notes);
    }

    private void Write(string name) => TorchFileWriter.Write(
        folder.At(name), State(), new Dictionary<string, string> { ["classes"] = "2" });

    /// <summary>Of several types and layouts, and one without elements.</summary>
    private static IReadOnlyList<(string Name, Tensor Tensor)> State() =>
    [
        ("net.weight", tensor(new[] { 1f, -2.5f }).reshape(1, 2)), ("net.count", tensor(3L)),
        ("größe", arange(6).reshape(2, 3).t().to(ScalarType.Float16)), ("none", zeros(0, ScalarType.Bool)),
    ];

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static bool HasPyTorch() =>
        File.Exists(Python) && Run(["-c", "import importlib.util as u; print(u.find_spec('torch') is not None)"])
            .StartsWith("True", StringComparison.Ordinal);

    private static string Run(string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments)
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        // Its libtorch must not be the one of these tests.
        start.Environment.Remove("LD_LIBRARY_PATH");
        start.Environment.Remove("LD_PRELOAD");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
