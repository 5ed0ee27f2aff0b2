using System.CommandLine;
using Trainer.Cli.Doctor;
using Trainer.Cli.Evaluation;
using Trainer.Cli.Export;
using Trainer.Cli.Listing;
using Trainer.Cli.Poisoning;
using Trainer.Cli.Privacy;
using Trainer.Cli.Recipes;
using Trainer.Cli.Reports;
using Trainer.Cli.Studies;
using Trainer.Cli.Training;

namespace Trainer.Cli.Options;

/// <summary>Every command with its options.</summary>
internal static class CommandTree
{
    public static RootCommand Create() =>
        new("Trains image classifiers that withstand adversarial examples, and measures how well they do.")
    {
        TrainCommand.Create(),
        EvaluateCommand.Create(),
        VerifyCommand.Create(),
        CertifyCommand.Create(),
        PoisonCommand.Create(),
        InspectCommand.Create(),
        RepairCommand.Create(),
        AuditCommand.Create(),
        ReportCommand.Create(),
        CompareCommand.Create(),
        StudyCommand.Create(),
        ExportCommand.Create(),
        RobustBenchCommand.Create(),
        WeightsCommand.Create(),
        ListCommand.Create(),
        RecipeCommand.Create(),
        DoctorCommand.Create(),
    };
}
