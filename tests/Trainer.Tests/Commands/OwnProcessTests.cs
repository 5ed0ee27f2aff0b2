using System.Diagnostics;
using Trainer.Cli;
using Trainer.Recipes;

namespace Trainer.Tests.Commands;

public sealed class OwnProcessTests
{
    [Fact]
    public void A_process_that_the_system_does_not_start_is_an_error_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("trainer");
        var refusal = Assert.Throws<TrainerException>(() => OwnProcess.Start(new ProcessStartInfo(path)));
        Assert.Equal(ErrorKind.Other, refusal.Kind);
        Assert.StartsWith($"The process '{path}' cannot be started: ", refusal.Message, StringComparison.Ordinal);
    }
}
