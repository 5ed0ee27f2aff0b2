using System.CommandLine;
using Trainer.Cli;
using Trainer.Cli.Doctor;
using Trainer.Cli.Evaluation;
using Trainer.Cli.Export;
using Trainer.Cli.Listing;
using Trainer.Cli.Recipes;
using Trainer.Cli.Reports;
using Trainer.Cli.Training;

var root = new RootCommand("Trains image classifiers that withstand adversarial examples, and measures how well they do.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    ReportCommand.Create(),
    CompareCommand.Create(),
    ExportCommand.Create(),
    ListCommand.Create(),
    RecipeCommand.Create(),
    DoctorCommand.Create(),
};
Console.SetError(new PatientWriter(Console.Error));
return CommandLine.Run(root, args);
