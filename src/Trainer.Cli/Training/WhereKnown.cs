using Spectre.Console;
using Spectre.Console.Rendering;

namespace Trainer.Cli.Training;

/// <summary>A column that is empty while nobody knows how long its task takes.</summary>
internal sealed class WhereKnown(ProgressColumn column) : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        task.IsIndeterminate ? Text.Empty : column.Render(options, task, deltaTime);

    public override int? GetColumnWidth(RenderOptions options) => column.GetColumnWidth(options);
}
