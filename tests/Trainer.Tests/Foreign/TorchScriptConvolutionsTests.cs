using Trainer.Engine.Weights.Foreign;

namespace Trainer.Tests.Foreign;

public sealed class TorchScriptConvolutionsTests
{
    [Theory]
    [InlineData("torch.conv2d(input, weight, bias, [2, 2], [1, 1], [1, 1])", true)]
    [InlineData("torch.conv2d(input, weight, bias, [2, 2], [1, 1], [1, 1], 1)", true)]
    [InlineData("torch.conv2d(input, weight, bias, [2, 2], [1, 1], [1, 1], 16)", false)]
    [InlineData("torch.conv2d(torch.relu(input, 2), weight, None, [1], [1], [1], groups)", false)]
    [InlineData("torch.conv2d(input, weight, bias, groups=2)", false)]
    [InlineData("torch.conv_transpose2d(input, weight, bias, [2, 2], [1, 1], [0, 0], 1, [1, 1])", true)]
    [InlineData("torch.conv_transpose2d(input, weight, bias, [2, 2], [1, 1], [0, 0], 2, [1, 1])", false)]
    [InlineData("torch._convolution(input, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, False, True)", true)]
    [InlineData("torch._convolution(input, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 8, False, True)", false)]
    [InlineData("torch.conv2d(a, w, None)\nb = torch.conv2d(a, w, None, [1], [1], [1], 4)", false)]
    [InlineData("ops.mkldnn.convolution(input, weight, bias)", false)]
    [InlineData("(self.conv1).forward(input, )", true)]
    public void Groups_of_convolutions_are_read_in_the_code(string code, bool haveOne) =>
        Assert.Equal(haveOne, TorchScriptConvolutions.HaveOneGroupIn($"def forward(self, input):\n  a = {code}\n"));

    /// <summary>A search that goes back from the end for each "conv" takes hours.</summary>
    [Fact]
    public void A_word_of_a_million_letters_is_read_once() => Assert.True(TorchScriptConvolutions.HaveOneGroupIn(
        "torch." + string.Concat(Enumerable.Repeat("conv", 1 << 18))));

    [Theory]
    [InlineData("conv-small-traced.ts")]
    [InlineData("conv-small-scripted.ts")]
    [InlineData("preact-resnet-18-traced.ts")]
    public void Files_of_networks_without_groups_have_none(string name) => Assert.True(
        TorchScriptConvolutions.HaveOneGroup(Path.Combine(AppContext.BaseDirectory, "Fixtures", "networks", name)));
}
