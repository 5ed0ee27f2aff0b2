using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Robustness.Bounds;

namespace Trainer.Cli.Evaluation;

/// <summary>trainer verify: proves of how many test images no admissible perturbation changes the class.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var method = WordOption.Create<BoundMethod>(
            "--method", "How bounds are computed, from fast to tight; by default crown.");
        var examples = CountOption.Create("--examples", 1, "Verify the first so many test images; by default 1000.");
        var processes = JoinedProcesses.Option();
        var shared = new WeightsOptions("this verification's and those of attacks");
        var command = shared.Command(
            "verify", "Verifies robustness: bounds the margins of test images over all admissible perturbations.",
            method, examples, processes);
        command.SetAction(parsed => JoinedProcesses.Run(
            parsed.GetValue(processes), joined => new VerificationRun(shared.Read(parsed, joined.IsFirst))
            {
                Processes = joined,
                Method = parsed.GetValue(method) ?? BoundMethod.Crown,
                Examples = parsed.GetValue(examples),
            }.Run()));
        return command;
    }
}
