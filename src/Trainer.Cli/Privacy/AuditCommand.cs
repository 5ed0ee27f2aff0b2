using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Engine.Settings;
using Trainer.Engine.Storage;
using Trainer.Recipes.Extensions;

namespace Trainer.Cli.Privacy;

/// <summary>
/// trainer audit: how well attackers tell members, the images that a run was trained on, from non-members.
/// </summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var run = RunArgument.Create();
        var method = WordOption.Create<PrivacyAttack>(
            "--method", "How members, the images that the run was trained on, are told from non-members; by default in "
            + "every way for which there is what it needs.");
        var examples = CountOption.Create("--examples", 10, "How many members, and as many non-members; by default as "
            + "many as there are of both.");
        var shadows = new Option<string?>("--shadows")
        {
            Description = "The folder of finished shadow runs, for lira-online, lira-offline and rmia; by default "
                + "RUN-shadows beside the run folder. Audits can share it.",
            HelpName = "dir",
        };
        var train = CountOption.Create("--train-shadows", 2, "First trains so many shadow runs, those that are missing "
            + "in the folder of shadow runs, on random halves. Run the same command again to resume.");
        var output = new Option<string?>("--out")
        {
            Description = "The folder of audit.json, scores.csv and exposed.png; by default privacy/ in the run "
                + "folder. Those of an earlier audit are replaced.",
            HelpName = "dir",
        };
        var threads = ThreadsOption.Create("as many as the run has");
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("audit", "Audits the privacy of a run: how well attackers tell the images that "
            + "it was trained on from other images.");
        command.Add(run);
        foreach (var option in (Option[])[method, examples, shadows, train, output, threads, extensions])
            command.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(output) is { } folder)
                Destination.CheckFolder("--out", folder);
            var settings = MachineSettings.Read();
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var (source, checkpoint) = RunArgument.Find(parsed, run, "what it was trained on");
            var home = Path.GetDirectoryName(checkpoint.Path)!;
            if (parsed.GetValue(output) is { } place)
                RunDestination.CheckFree("--out", place, PrivacyReport.PathIn(home));
            else
                Destination.CheckFolder("--out", PrivacyReport.PathIn(home));
            var kind = RunCheckpoint.Of(parsed.GetRequiredValue(run), checkpoint);
            return new AuditRun(source, checkpoint, registry, settings)
            {
                Checkpoint = kind,
                Method = parsed.GetValue(method),
                Examples = parsed.GetValue(examples),
                Shadows = new(parsed.GetValue(shadows) ?? $"{home}-shadows", checkpoint, registry, settings)
                {
                    Checkpoint = kind,
                    Threads = parsed.GetValue(threads),
                },
                NamesShadows = parsed.GetValue(shadows) is not null,
                TrainShadows = parsed.GetValue(train),
                Output = parsed.GetValue(output) ?? PrivacyReport.PathIn(home),
                Threads = parsed.GetValue(threads),
            }.Run();
        });
        return command;
    }
}
