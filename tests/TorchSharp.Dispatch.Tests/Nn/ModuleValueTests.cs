using System.Text.Json;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

public sealed class ModuleValueTests
{
    public static TheoryData<string> Modules => ModuleFixtures.Names("modules");

    public static TheoryData<string> Functions => ModuleFixtures.Names("functions");

    [Theory, MemberData(nameof(Modules))]
    public void A_module_has_the_values_gradients_and_statistics_of_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var expected = ModuleFixtures.Find("modules", name);
        using var module = ModuleCases.All[name]();
        Load(module, expected.GetProperty("state"));
        module.train(expected.GetProperty("train").GetBoolean());
        var inputs = ModuleFixtures.Inputs(expected);

        for (var step = 1; step < expected.GetProperty("steps").GetInt32(); step++) Call(module, inputs);
        var output = Call(module, inputs);
        ModuleFixtures.AssertClose(expected.GetProperty("output"), output, "output");
        Backward(output, expected);

        foreach (var gradient in expected.GetProperty("gradients").EnumerateObject())
        {
            var tensor = gradient.Name.StartsWith("input", StringComparison.Ordinal) ? inputs[gradient.Name[5] - '0'] : module.get_parameter(gradient.Name);
            ModuleFixtures.AssertClose(gradient.Value, tensor?.grad, $"gradient of {gradient.Name}");
        }
        foreach (var buffer in expected.GetProperty("buffersAfter").EnumerateObject())
            ModuleFixtures.AssertClose(buffer.Value, module.get_buffer(buffer.Name), buffer.Name);
    }

    [Theory, MemberData(nameof(Modules))]
    public void A_modules_state_has_the_keys_of_PyTorch_with_parameters_before_buffers(string name)
    {
        var state = ModuleFixtures.Find("modules", name).GetProperty("state");
        using var module = ModuleCases.All[name]();
        var keys = state.EnumerateObject().Select(entry => entry.Name).ToList();

        var isBuffer = keys.ToLookup(key => module.has_buffer(key));
        Assert.Equal([.. isBuffer[false], .. isBuffer[true]], module.state_dict().Keys);
        Assert.All(isBuffer[false], key => Assert.True(module.has_parameter(key)));
    }

    [Theory, MemberData(nameof(Modules))]
    public void A_call_leaves_no_tensor_behind_but_its_result(string name)
    {
        using var outer = NewDisposeScope();
        var expected = ModuleFixtures.Find("modules", name);
        using var module = ModuleCases.All[name]();
        var inputs = ModuleFixtures.Inputs(expected);
        using var scope = NewDisposeScope();
        var output = Call(module, inputs);
        Assert.Same(output, Assert.Single(scope.DisposablesView));
    }

    [Theory, MemberData(nameof(Functions))]
    public void A_function_has_the_values_and_gradients_of_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var expected = ModuleFixtures.Find("functions", name);
        var inputs = ModuleFixtures.Inputs(expected);
        var gradients = expected.GetProperty("gradients");
        for (var i = 0; i < inputs.Length; i++)
            if (!gradients.TryGetProperty($"input{i}", out _)) inputs[i].requires_grad = false;

        var output = FunctionCases.All[name](inputs);
        ModuleFixtures.AssertClose(expected.GetProperty("output"), output, "output");
        Backward(output, expected);
        foreach (var gradient in gradients.EnumerateObject())
            ModuleFixtures.AssertClose(gradient.Value, inputs[gradient.Name[5] - '0'].grad, $"gradient of {gradient.Name}");
    }

    private static void Load(nn.Module module, JsonElement state) =>
        module.load_state_dict(state.EnumerateObject().ToDictionary(entry => entry.Name, entry => ModuleFixtures.Read(entry.Value)));

    private static Tensor Call(nn.Module module, Tensor[] inputs) => module switch
    {
        nn.Module<Tensor, Tensor> one => one.call(inputs[0]),
        nn.Module<Tensor, Tensor, Tensor> two => two.call(inputs[0], inputs[1]),
        _ => throw new NotSupportedException(module.GetName()),
    };

    private static void Backward(Tensor output, JsonElement expected)
    {
        if (!output.requires_grad) return;
        using var upstream = ModuleFixtures.Read(expected.GetProperty("upstream"));
        (output * upstream).sum().backward();
    }
}
