using System.ComponentModel;
using System.Diagnostics;
using Trainer.Recipes;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>Asks a program over its standard input and output. The program ends at the end of its input.</summary>
internal sealed class ProcessConnection : IProgramConnection
{
    // For a program that has nothing more to do.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);
    private readonly ProgramNetwork program;
    private readonly Process process;
    private bool failed;

    /// <summary>Starts the program.</summary>
    /// <exception cref="TrainerException">It does not start.</exception>
    public ProcessConnection(ProgramNetwork program)
    {
        this.program = program;
        try
        {
            process = Process.Start(new ProcessStartInfo(Path.GetFullPath(program.Source))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }) ?? throw program.Fault("does not start");
        }
        catch (Win32Exception exception)
        {
            throw program.Fault($"does not start: {exception.Message.TrimEnd('.')}. Make it executable; a script "
                + "begins with a line such as #!/usr/bin/env python3", exception);
        }
    }

    /// <inheritdoc/>
    public float[] Ask(byte[] question, Func<Stream, float[]> read)
    {
        // At the same time: a program may answer the first images before it has read the last. A thread that a program
        // leaves waiting ends with the program.
        var writing = Task.Run(() => Write(question));
        var reading = Task.Run(() => read(process.StandardOutput.BaseStream));
        try
        {
            var answer = Wait(reading).GetAwaiter().GetResult();
            Wait(writing).GetAwaiter().GetResult();
            return answer;
        }
        catch (EndOfStreamException exception)
        {
            throw Failure($"{HowItEnded()} before its answer was complete. Its own messages may tell why", exception);
        }
        catch (InvalidDataException exception)
        {
            throw Failure(exception.Message, exception);
        }
        catch (IOException exception)
        {
            throw Failure(
                $"answered without reading all images: {exception.Message.TrimEnd('.')}. Let it read them", exception);
        }
    }

    /// <summary>Ends the program: after a failure at once, else where it does not end by itself.</summary>
    public void Dispose()
    {
        if (failed)
            process.Kill(entireProcessTree: true);
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended or closed its input before: what it has not read of the last question is lost.
        }
        if (!process.WaitForExit(EndLimit))
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private void Write(byte[] question)
    {
        process.StandardInput.BaseStream.Write(question);
        process.StandardInput.BaseStream.Flush();
    }

    private TTask Wait<TTask>(TTask task) where TTask : Task => Task.WaitAny([task], program.AnswerLimit) == 0 ? task
        : throw Failure(program.Silence, null);

    private TrainerException Failure(string problem, Exception? inner)
    {
        failed = true;
        return program.Fault(problem, inner);
    }

    private string HowItEnded() => process.WaitForExit(EndLimit) ? $"ended with exit code {process.ExitCode}"
        : "closed its standard output";
}
