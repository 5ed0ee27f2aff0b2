using System.CommandLine;
using Trainer.Benchmarks.Rows;

namespace Trainer.Benchmarks;

/// <summary>What the benchmarks start this program as, in a process of its own.</summary>
internal static class PeerCommands
{
    /// <summary>Training steps as TorchScript.</summary>
    public static Command Steps()
    {
        var work = new Argument<string>("work") { Description = "The objective, then the network: pgd-conv-small." };
        var kind = new Argument<string>("kind") { Description = "reference or tuned." };
        var command = new Command("peer", "Takes training steps in TorchScript: reads a number of steps a line, "
            + "answers with milliseconds.") { work, kind };
        command.Hidden = true;
        command.SetAction(
            parsed => TorchScriptSteps.Serve(new(parsed.GetRequiredValue(work), parsed.GetRequiredValue(kind))));
        return command;
    }

    /// <summary>Trainer's own training steps, in one or several processes.</summary>
    public static Command OwnSteps()
    {
        var threads = new Argument<int>("threads") { Description = "The threads of each process." };
        var batch = new Argument<int>("batch") { Description = "The images a step, of all processes together." };
        var command = new Command("steps-peer", "Takes training steps, under mpirun in several processes: reads a "
            + "number of steps a line, answers with milliseconds.") { threads, batch };
        command.Hidden = true;
        command.SetAction(parsed => StepServer.Serve(
            (RowList.ConvSmall with { BatchSize = parsed.GetRequiredValue(batch) }).Recipe("float32"),
            parsed.GetRequiredValue(threads)));
        return command;
    }

    /// <summary>AutoAttack as TorchScript.</summary>
    public static Command AutoAttack()
    {
        var weights = new Argument<string>("weights") { Description = "A safetensors file of conv-small." };
        var epsilon = new Argument<double>("epsilon") { Description = "The L-infinity radius." };
        var command = new Command("autoattack-peer", "Runs AutoAttack in TorchScript: reads FIRST COUNT a line, "
            + "answers with milliseconds and a character an image, 1 where it is robust.") { weights, epsilon };
        command.Hidden = true;
        command.SetAction(
            parsed => TorchScriptAutoAttack.Serve(parsed.GetRequiredValue(weights), parsed.GetRequiredValue(epsilon)));
        return command;
    }
}
