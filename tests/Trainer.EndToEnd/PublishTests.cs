using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;

namespace Trainer.EndToEnd;

/// <summary>What leaves the repository. These build for minutes: scripts/test.sh --long runs them.</summary>
[Trait("duration", "long")]
public sealed class PublishTests : IDisposable
{
    // By the program of the library example.
    private const string Printed = @"(?m)^\d+ of 100 right, \d+ under attack$";

    // As the portable PDB format names it.
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_published_folder_trains_wherever_it_is_copied()
    {
        Run("bash", Repository.At("scripts", "publish.sh"), workbench.At("published"));
        Directory.Move(workbench.At("published"), workbench.At("moved"));
        AssertHoldsLibtorch(workbench.At("moved"));

        var trainer = workbench.At("moved", "trainer");
        Assert.Contains(
            $"2.10.0 in {workbench.At("moved", "libtorch")}", Run(trainer, "doctor"), StringComparison.Ordinal);
        Run(trainer, "train", "small.json", "--set", "train.maxSteps=1", "--set", "evaluate.final=[]");
        Assert.True(File.Exists(workbench.At("checkpoints", "small", "latest")));
        Assert.False(Directory.Exists(workbench.At("moved", "cpu")));
    }

    [Theory]
    [InlineData("before the properties")]
    [InlineData("last")]
    public void A_program_outside_the_repository_runs_and_is_published(string import)
    {
        var library = Repository.At("src", "Trainer.Robustness");
        var imported = $"""<Import Project="{library}/build/Trainer.Robustness.targets" />""";
        File.WriteAllText(workbench.At("Outside.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              {(import == "last" ? "" : imported)}
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{library}/Trainer.Robustness.csproj" />
              </ItemGroup>
              {(import == "last" ? imported : "")}
            </Project>
            """);
        File.Copy(Repository.At("tests", "Trainer.LibraryExample", "Program.cs"), workbench.At("Program.cs"));
        // What the reference builds goes below the workbench, not into the outputs that other tests run.
        string[] elsewhere = ["--artifacts-path", workbench.At("artifacts"), "-c", "Release"];

        Assert.Matches(Printed, Run("dotnet", ["run", .. elsewhere]));
        Run("dotnet", ["publish", .. elsewhere, "-o", workbench.At("published")]);
        Assert.Matches(Printed, Run(workbench.At("published", "Outside")));
        AssertHoldsLibtorch(workbench.At("published"));
        Assert.Empty(Directory.GetDirectories(workbench.Folder, "cpu", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_program_outside_the_repository_uses_the_package()
    {
        Run("bash", Repository.At("scripts", "publish.sh"), "--packages", workbench.At("feed"));
        AssertHoldsSources(Assert.Single(Directory.GetFiles(workbench.At("feed"), "Trainer.Robustness.*.snupkg")));
        var package = Assert.Single(Directory.GetFiles(workbench.At("feed"), "Trainer.Robustness.*.nupkg"));
        using (var files = ZipFile.OpenRead(package))
            Assert.Superset(
                new HashSet<string>(
                    ["README.md", "lib/net10.0/Trainer.Robustness.xml", "build/Libtorch.targets"]),
                files.Entries.Select(entry => entry.FullName).ToHashSet());
        const string project = """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>feed</RestoreAdditionalProjectSources>
                <RestorePackagesPath>packages</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Trainer.Robustness" Version="*" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
              </ItemGroup>
            </Project>
            """;
        File.WriteAllText(workbench.At("Outside.csproj"), project);
        File.Copy(Repository.At("tests", "Trainer.LibraryExample", "Program.cs"), workbench.At("Program.cs"));
        // The versions of the native files are those of the project's packages.
        Assert.Matches(Printed, Run("dotnet", "run", "-c", "Release", "--property:TorchSharpVersion=0.0.0"));
        Assert.Empty(Directory.GetDirectories(workbench.Folder, "cpu", SearchOption.AllDirectories));

        // A build for another device deletes what the first one linked, and nothing else.
        var libtorch = workbench.At("bin", "Release", "net10.0", "libtorch");
        Assert.Equal(5, Directory.GetFiles(libtorch).Length);
        File.WriteAllText(Path.Combine(libtorch, "own.txt"), "the user's");
        Run("dotnet", "build", "-c", "Release", "-p:TorchDevice=cuda",
            "-p:CreateSymbolicLinksForCopyLocalIfPossible=true");
        Assert.Equal(["own.txt"], Directory.GetFiles(libtorch).Select(Path.GetFileName));

        File.WriteAllText(workbench.At("Outside.csproj"), project.Replace(
            "<OutputType>", "<RuntimeIdentifier>win-x64</RuntimeIdentifier><OutputType>", StringComparison.Ordinal));
        Assert.Equal("win-x64", Run("dotnet", "msbuild", "Outside.csproj", "-getProperty:TorchRuntime").Trim());
    }

    private static void AssertHoldsSources(string package)
    {
        using var files = ZipFile.OpenRead(package);
        using var symbols = new MemoryStream();
        using (var file = files.GetEntry("lib/net10.0/Trainer.Robustness.pdb")!.Open())
            file.CopyTo(symbols);
        symbols.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(symbols);
        var reader = provider.GetMetadataReader();
        Assert.NotEmpty(reader.Documents);
        Assert.All(reader.Documents, document => Assert.Contains(
            reader.GetCustomDebugInformation(document),
            handle => reader.GetGuid(reader.GetCustomDebugInformation(handle).Kind) == EmbeddedSource));
    }

    private static void AssertHoldsLibtorch(string folder)
    {
        var files = new DirectoryInfo(folder).GetFiles("*.so", SearchOption.AllDirectories)
            .Where(file => file.Name.Contains("torch", StringComparison.OrdinalIgnoreCase) || file.Name == "libc10.so");
        Assert.Equal(
            [("libLibTorchSharp.so", "libtorch"), ("libc10.so", "libtorch"), ("libtorch.so", "libtorch"),
            ("libtorch_cpu.so", "libtorch")],
            files.Select(file => (file.Name, Path.GetRelativePath(folder, file.DirectoryName!)))
                .OrderBy(file => file.Name, StringComparer.Ordinal));
        var libtorch = new DirectoryInfo(Path.Combine(folder, "libtorch"));
        Assert.Single(libtorch.GetFiles("libgomp-*.so.1"));
        Assert.All(libtorch.GetFiles(), file => Assert.Null(file.LinkTarget));
    }

    private string Run(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = workbench.Folder,
            RedirectStandardOutput = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("TRAINER", StringComparison.Ordinal))
            .ToList())
            start.Environment.Remove(name);
        if (Path.GetFileName(command) is "trainer" or "Outside")
        {
            // Without the package cache: what runs here is what was copied.
            start.Environment["HOME"] = start.Environment["NUGET_PACKAGES"] =
                Directory.CreateDirectory(workbench.At("home")).FullName;
        }
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0,
            $"{command} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}");
        return output;
    }
}
