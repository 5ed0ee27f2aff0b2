using Trainer.Cli;
using Trainer.Cli.Options;

Console.SetError(new PatientWriter(Console.Error));
return CommandLine.Run(CommandTree.Create(), args);
