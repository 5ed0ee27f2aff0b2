using Trainer.Engine;
using Trainer.Engine.Networks;
using Trainer.Recipes;

namespace Trainer.Tests.Models;

public sealed class PublicNetworkTests
{
    /// <summary>The lists of Fixtures/make_key_lists.py.</summary>
    public static TheoryData<string> Names => [.. KeyList.Names];

    [Fact]
    public void There_are_lists_for_the_published_forms() => Assert.Equal(
        [
            "convnext-t-cvst", "deepmind-wide-resnet-28-10", "preact-resnet-18-rice", "preact-resnet-18-robustbench",
                "preact-resnet-18-wong", "resnet-18", "vgg-6", "vit-s-cvst",
            "wide-resnet-28-10", "wide-resnet-28-10-sub-block", "wide-resnet-34-10", "wide-resnet-34-10-sub-block",
            "xcit-s12",
        ],
        KeyList.Names);

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_their_order_dtypes_shapes_and_the_count_equal_the_public_network(string name)
    {
        var expected = KeyList.Read(name);
        var model = RecipeLoader.FromText<ModelAlone>($$"""{ "model": {{expected.Model}} }""", name, BuiltInComponents.Registry()).Value.Model;
        using var network = model.Build(expected.Images, 10);
        Assert.Equal(
            expected.Tensors, StateLoader.Tensors(network).Select(
            item => string.Join(' ', [item.Key, item.Tensor.dtype.ToString().ToLowerInvariant(),
            .. item.Tensor.shape])));
        Assert.Equal(expected.Parameters, network.parameters().Sum(parameter => parameter.numel()));
    }
}
