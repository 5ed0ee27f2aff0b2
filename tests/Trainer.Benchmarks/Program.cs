using System.CommandLine;
using Trainer.Benchmarks;
using Trainer.Benchmarks.Rows;

var quick = new Option<bool>("--quick") { Description = "Fewer and shorter blocks, without the whole quick start: under three minutes." };
var only = new Option<string?>("--only") { Description = "One row.", HelpName = "row" };
only.CompletionSources.Add([.. RowList.Names]);
var command = new RootCommand("Times Trainer against PyTorch peers and prints ratios: above 1, Trainer needs less.") { quick, only };
command.SetAction(parsed =>
{
    var effort = parsed.GetValue(quick) ? Effort.Quick : Effort.Full;
    var met = true;
    foreach (var row in RowList.Of(parsed.GetValue(only), effort))
    {
        foreach (var ratio in row.Measure(effort))
        {
            Console.WriteLine(ratio);
            met &= ratio.IsMet;
        }
    }
    return met ? 0 : 1;
});
return command.Parse(args).Invoke();
