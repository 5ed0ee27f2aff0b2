using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Settings.Configuration;
using Spectre.Console;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Cli.Logging;

/// <summary>
/// A run's log: to the console and, once the run folder exists, to its log.txt. The Serilog sections of the machine's
/// settings and, over them, of the recipe set levels and add sinks; a Console or File sink of theirs takes the place of
/// ours.
/// </summary>
internal sealed class RunLog : IDisposable
{
    private const string Section = "Serilog";
    private const string Format = "[{Timestamp:HH:mm:ss} {Level:u3}] {Message:lj}{NewLine}";
    private const string FileFormat = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} [{Level:u3}] {Message:lj} "
        + "{Properties:j}{NewLine}{Exception}";
    private const long FileSizeLimit = 64 << 20;
    private const int FilesKept = 100;
    private readonly DeferredSink file = new();
    private readonly Logger logger;
    private readonly bool writesFile;

    /// <summary>Opens the console's part.</summary>
    /// <param name="settings">The machine's settings.</param>
    /// <param name="resolved">The recipe; its name becomes the property Run.</param>
    /// <param name="live">
    /// The console of a live view, which then shows warnings alone; null for plain lines of everything.
    /// </param>
    public RunLog(MachineSettings settings, ResolvedRecipe<Recipe> resolved, IAnsiConsole? live)
    {
        using var recipe = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(resolved.Text));
        var configuration = new ConfigurationBuilder().AddConfiguration(settings.Configuration).AddJsonStream(recipe)
            .Build();
        var sinks = configuration.GetSection($"{Section}:WriteTo").GetChildren()
            .Select(sink => sink["Name"] ?? sink.Value).ToList();
        var log = new LoggerConfiguration()
            .ReadFrom.Configuration(
            configuration, new ConfigurationReaderOptions(
            typeof(ConsoleLoggerConfigurationExtensions).Assembly, typeof(FileLoggerConfigurationExtensions).Assembly)
            {
                SectionName = Section,
            })
            .Enrich.WithProperty("Run", resolved.Value.Name);
        if (live is not null)
            log.WriteTo.Sink(new LiveSink(live), LogEventLevel.Warning);
        else if (!sinks.Contains("Console"))
            log.WriteTo.Console(outputTemplate: Format);
        writesFile = !sinks.Contains("File");
        if (writesFile)
            log.WriteTo.Sink(file);
        logger = log.CreateLogger();
    }

    /// <summary>Where to write.</summary>
    public ILogger Logger => logger;

    /// <summary>Writes what has been logged so far, and everything from now on, to a file that only grows.</summary>
    public void OpenFile(string path)
    {
        if (writesFile)
            file.Open(new LoggerConfiguration().MinimumLevel.Verbose()
                .WriteTo.File(
                path, outputTemplate: FileFormat, fileSizeLimitBytes: FileSizeLimit, rollOnFileSizeLimit: true,
                retainedFileCountLimit: FilesKept)
                .CreateLogger());
    }

    /// <summary>Writes an error with its stack trace to the file alone.</summary>
    public void Record(Exception exception) => file.Record(exception);

    /// <inheritdoc/>
    public void Dispose()
    {
        logger.Dispose();
        file.Dispose();
    }
}
