using Trainer.Cli.Options;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Studies;
using Trainer.Recipes;

namespace Trainer.Cli.Studies;

/// <summary>
/// One run of a study in this process, as a task of a job array: the others run elsewhere at the same time.
/// </summary>
/// <param name="study">The study.</param>
/// <param name="folder">Where it keeps its runs.</param>
internal sealed class SingleCell(LoadedStudy study, StudyFolder folder)
{
    /// <summary>Begins or resumes it, as trainer train does.</summary>
    /// <returns>The exit code of trainer train.</returns>
    /// <exception cref="TrainerException">Its training collapsed, so that it is not trained again.</exception>
    public int Run(int number)
    {
        if (folder.StateOf(study.Cells[number]).Progress == CellProgress.Collapsed)
            throw new TrainerException(ErrorKind.Other, StudyRun.Collapsed(study.Cells[number]));
        RunFolder.In(folder.Path);
        folder.Store(study.Resolved);
        return CommandLine.Run(
            CommandTree.Create(), [.. CellCommand.Of(study.Cells[number], folder, study.Extensions)]);
    }
}
