using System.CommandLine;
using Trainer.Benchmarks;
using Trainer.Benchmarks.Rows;
using Trainer.Engine.Devices;

var quick = new Option<bool>("--quick")
{
    Description = "Fewer and shorter blocks, without the rows that take minutes.",
};
var only = new Option<string?>("--only") { Description = "One row.", HelpName = "row" };
only.CompletionSources.Add([.. RowList.Names]);
var record = new Option<bool>("--record")
{
    Description = $"Also appends the lines to {Path.GetRelativePath(Repository.Root, ResultsFile.Path)}.",
};
var command = new RootCommand("Times Trainer against PyTorch and TorchScript peers and prints ratios: above 1, "
    + "Trainer needs less.") { quick, only, record };
command.SetAction(parsed =>
{
    // As the command does; the peers run in processes of their own, without it.
    NativeEnvironment.Prepare();
    var effort = parsed.GetValue(quick) ? Effort.Quick : Effort.Full;
    var results = new ResultsFile(args, parsed.GetValue(record));
    results.AddConditions();
    var met = true;
    foreach (var row in RowList.Of(parsed.GetValue(only), effort))
    {
        foreach (var ratio in row.Measure(effort))
        {
            results.Add(ratio.ToString());
            met &= ratio.IsMet;
        }
    }
    return met ? 0 : 1;
});
command.Add(PeerCommands.Steps());
command.Add(PeerCommands.AutoAttack());
command.Add(PeerCommands.OwnSteps());
return command.Parse(args).Invoke();
