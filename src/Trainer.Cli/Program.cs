using System.CommandLine;
using Trainer.Cli;
using Trainer.Cli.Listing;
using Trainer.Cli.Recipes;

var root = new RootCommand("Trains image classifiers that withstand adversarial examples, and measures how well they do.")
{
    ListCommand.Create(),
    RecipeCommand.Create(),
};
return CommandLine.Run(root, args);
