using Trainer.Engine.Networks;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;

namespace Trainer.Tests.Foreign;

/// <summary>TorchScript files whose network does not work: Fixtures/make_network_files.py.</summary>
public sealed class TorchScriptFileTests
{
    [Fact]
    public void Images_that_a_TorchScript_file_cannot_take_are_named()
    {
        using var network = Find("conv-small-traced.ts").Build(new(1, 8, 8), 10);
        using var images = zeros(3, 8, 8, 1);
        var exception = Assert.Throws<TrainerException>(() => network.call(images));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("images [3, 8, 8, 1] cannot go through it: Given groups=1", exception.Message,
            StringComparison.Ordinal);
        Assert.Contains("set data.layout to nhwc", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_several_outputs_is_refused()
    {
        using var network = Find("two-outputs.ts").Build(new(1, 8, 8), 10);
        using var images = zeros(2, 1, 8, 8);
        Assert.Equal("Found an output that is not one tensor, expected logits.", Assert.Throws<ArgumentException>(
            () => network.call(images)).Message);
    }

    private static ForeignNetwork Find(string name) =>
        NetworkFile.Find(Path.Combine(AppContext.BaseDirectory, "Fixtures", "networks", name), null)!;
}
