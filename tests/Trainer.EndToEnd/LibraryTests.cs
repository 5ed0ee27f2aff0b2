using System.Diagnostics;

namespace Trainer.EndToEnd;

public sealed class LibraryTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("src/Trainer.Robustness/README.md")]
    public void The_READMEs_use_of_the_library_is_the_program_that_is_built(string page) =>
        Assert.Contains(
        $"```csharp\n{File.ReadAllText(Repository.At("tests", "Trainer.LibraryExample", "Program.cs"))}```",
        File.ReadAllText(Repository.At(page)), StringComparison.Ordinal);

    [Fact]
    public void That_program_attacks_a_network_of_ones_own()
    {
        var start = new ProcessStartInfo(Repository.At(
            "tests", "Trainer.LibraryExample", "bin", "Release", "net10.0", "Trainer.LibraryExample"))
        {
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var program = Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
        var output = program.StandardOutput.ReadToEnd();
        program.WaitForExit();
        Assert.Equal(0, program.ExitCode);
        Assert.Matches(@"^\d+ of 100 right, \d+ under attack\n$", output);
        // TorchSharp makes it where it looks for libtorch by itself, and fills it with copies.
        Assert.False(Directory.Exists(Repository.At(
            "tests", "Trainer.LibraryExample", "bin", "Release", "net10.0", "cpu")));
    }
}
