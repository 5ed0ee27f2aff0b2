using Trainer.Cli.Options;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Reports.Studies;

namespace Trainer.Cli.Studies;

/// <summary>
/// One run of a study in this process, as a task of a job array: the others run elsewhere at the same time.
/// </summary>
/// <param name="study">The study.</param>
/// <param name="folder">Where it keeps its runs.</param>
internal sealed class SingleCell(LoadedStudy study, StudyFolder folder)
{
    /// <summary>Begins or resumes it, as trainer train does.</summary>
    /// <returns>
    /// The exit code of trainer train; 0 where another setting was selected, and of a trained trial that waits.
    /// </returns>
    /// <exception cref="TrainerException">
    /// Its training collapsed, so that it is not trained again; or no setting of its recipe is selected.
    /// </exception>
    public int Run(int number)
    {
        var cell = study.Cells[number];
        var needed = study.Needed(folder);
        var need = needed.NeedOf(cell);
        if (need != CellNeed.NotSelected && folder.StateOf(cell).Progress == CellProgress.Collapsed)
            throw new TrainerException(ErrorKind.Other, StudyRun.Collapsed(cell));
        if (need == CellNeed.AwaitsTrials)
            throw new TrainerException(ErrorKind.Other, $"{cell.Name} {Waits()}");
        if (need == CellNeed.Training && folder.StateOf(cell).Progress == CellProgress.Trained)
        {
            Console.Out.WriteLine($"{cell.Name} is trained and {Waits()}");
            return 0;
        }
        if (need == CellNeed.NothingSelected)
            throw new TrainerException(
                ErrorKind.Other, $"{cell.Name}: {StudyRun.NothingSelected(cell.Recipe)}");
        if (need == CellNeed.NotSelected)
        {
            Console.Out.WriteLine($"{cell.Name} is not {(cell.IsTrial ? "evaluated" : "trained")}: another setting of "
                + $"{cell.Recipe} was selected");
            return 0;
        }
        RunFolder.In(folder.Path);
        folder.Store(study.Resolved);
        var code = CommandLine.Run(
            CommandTree.Create(),
            [.. CellCommand.Of(cell, folder, study.Extensions, skipFinal: need == CellNeed.Training)]);
        if (code == 0 && need == CellNeed.Training)
            Console.Out.WriteLine($"{cell.Name} is a trial. Run it again after all trials of {cell.Recipe}: it is "
                + "evaluated if its setting is selected.");
        return code;

        string Waits() => $"waits for the selection of a setting of {cell.Recipe}. Trials not trained yet, or not "
            + $"readable: {string.Join(", ", needed.Awaited(cell))}. Run this one again after them.";
    }
}
