using System.Diagnostics;

namespace Trainer.EndToEnd;

/// <summary>The trainer command in a process of its own, as users start it.</summary>
internal sealed class TrainerProcess : IDisposable
{
    // The runtime maps its own code through a file in memory, larger than any limit on files that a test would set.
    private static readonly IReadOnlyDictionary<string, string> NoCodeMapping =
        new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" };
    private readonly Process process;

    private TrainerProcess(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment,
        string? shell = null, IEnumerable<string>? launcher = null)
    {
        // A shell's background jobs ignore SIGINT, and so would what they start: the tests may be one.
        var trainer = Path.Combine(AppContext.BaseDirectory, "trainer");
        // The unit tests, one after the other, would else be the last to end.
        string[] command = ["--default-signal=INT", "nice", "-n", "10", .. launcher ?? [], trainer, .. arguments];
        var start = new ProcessStartInfo(
            shell is null ? "env" : "/bin/sh", shell is null ? command
            : ["-c", $"{shell}; exec env \"$@\"", "sh", .. command])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("TRAINER", StringComparison.Ordinal))
            .ToList())
            start.Environment.Remove(name);
        start.Environment["OMP_NUM_THREADS"] = "1";
        // Compiling methods again, with more optimisation, costs a process that lives for seconds more than it brings.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "5000";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        process = Process.Start(start) ?? throw new InvalidOperationException("The command did not start.");
    }

    /// <summary>Runs a command to its end.</summary>
    public static CommandResult Run(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var started = new TrainerProcess(folder, arguments, environment);
        return started.Finish();
    }

    /// <summary>Starts a command that the test will end.</summary>
    public static TrainerProcess Start(string folder, params string[] arguments) => new(folder, arguments, null);

    /// <summary>Starts a command in several processes.</summary>
    /// <param name="launcher">mpirun and its options.</param>
    /// <param name="folder">The working folder.</param>
    /// <param name="arguments">Of the command.</param>
    public static TrainerProcess StartBy(IEnumerable<string> launcher, string folder, params string[] arguments) =>
        new(folder, arguments, null, launcher: launcher);

    /// <summary>Starts a command in what the lines of a shell have set.</summary>
    public static TrainerProcess StartUnder(string shell, string folder, params string[] arguments) =>
        new(folder, arguments, NoCodeMapping, shell);

    /// <summary>Waits for a line of the output.</summary>
    public void WaitFor(string text)
    {
        while (process.StandardOutput.ReadLine() is { } line)
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        Assert.Fail($"The command ended without a line that holds \"{text}\": {process.StandardError.ReadToEnd()}");
    }

    /// <summary>Sends a signal by its name.</summary>
    /// <returns>Whether the process was still there to get it.</returns>
    public bool Signal(string name) => Signal(name, $"{process.Id}");

    /// <summary>Sends a signal to a process by its number, with bash's own kill: small systems have no other.</summary>
    /// <returns>Whether the process was still there to get it.</returns>
    public static bool Signal(string name, string id)
    {
        using var kill = Process.Start("bash", ["-c", $"kill -{name} {id}"]);
        kill.WaitForExit();
        return kill.ExitCode == 0;
    }

    /// <summary>Stops the process by SIGSTOP, and waits until all of its threads are stopped.</summary>
    public void Halt()
    {
        Signal("STOP");
        while (!Directory.EnumerateDirectories($"/proc/{process.Id}/task").All(IsStopped))
            Thread.Sleep(1);

        static bool IsStopped(string thread) => File.ReadLines(Path.Combine(thread, "status"))
            .Any(line => line.StartsWith("State:\tT", StringComparison.Ordinal));
    }

    /// <summary>Waits for the end.</summary>
    public CommandResult Finish()
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
