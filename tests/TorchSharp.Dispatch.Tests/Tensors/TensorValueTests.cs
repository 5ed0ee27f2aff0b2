using System.Reflection;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

/// <summary>Values and gradients as PyTorch computes them.</summary>
public sealed class TensorValueTests
{
    public static TheoryData<string> Functions => TensorFixtures.Names("functions");

    public static TheoryData<string> Cases => TensorFixtures.Names("cases");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_agrees_with_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var entry = TensorFixtures.Find("cases", name);
        var inputs = TensorFixtures.Inputs(entry);
        TensorFixtures.Verify(entry, inputs, TensorCases.Run(name, inputs));
    }

    [Fact]
    public void Every_case_has_values_and_every_value_a_case() =>
        Assert.Equal(TensorCases.Names.Order(), Cases.Select(row => row.Data).Order());

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_by_name_agrees_with_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var entry = TensorFixtures.Find("functions", name);
        var forms = 0;
        foreach (var method in Forms(name, entry.GetProperty("inputs").GetArrayLength()))
        {
            var inputs = TensorFixtures.Inputs(entry);
            TensorFixtures.Verify(entry, inputs, [Call(method, [.. inputs.Values])]);
            forms++;
        }
        Assert.InRange(forms, 1, 2);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Its_form_in_place_changes_and_returns_the_tensor_itself(string name)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var entry = TensorFixtures.Find("functions", name);
        foreach (var method in Forms(name + "_", entry.GetProperty("inputs").GetArrayLength()))
        {
            var inputs = TensorFixtures.Inputs(entry).Values.Select(input => input.detach().clone()).ToArray();
            var expected = Call(Forms(name, inputs.Length).First(), inputs).to(inputs[0].dtype);
            Assert.Same(inputs[0], Call(method, inputs));
            Assert.True(inputs[0].allclose(expected, equal_nan: true), method.ToString());
        }
    }

    // The method of Tensor and the function of torch, with no other arguments than tensors.
    private static IEnumerable<MethodInfo> Forms(string name, int tensors) =>
        from type in new[] { typeof(Tensor), typeof(torch) }
        from method in type.GetMethods()
        where method.Name == name && (method.ReturnType == typeof(Tensor))
        let taken = method.GetParameters()
        let needed = tensors - (method.IsStatic ? 0 : 1)
        where taken.Length >= needed && taken.Take(needed).All(parameter => parameter.ParameterType == typeof(Tensor))
        where taken.Skip(needed).All(parameter => parameter.HasDefaultValue)
        where taken.Length == needed || !taken[needed].IsDefined(typeof(ParamArrayAttribute), false)
        group method by type into byType
        select byType.OrderBy(method => method.GetParameters().Length).First();

    private static Tensor Call(MethodInfo method, Tensor[] inputs)
    {
        object?[] given = method.IsStatic ? [.. inputs] : [.. inputs.Skip(1)];
        object?[] arguments = [.. given, .. method.GetParameters().Skip(given.Length).Select(parameter => parameter.DefaultValue)];
        return (Tensor)method.Invoke(method.IsStatic ? null : inputs[0], arguments)!;
    }
}
