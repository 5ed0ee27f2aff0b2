namespace Trainer.Engine.Weights.Onnx;

/// <summary>The nodes of attention.</summary>
internal static class OnnxAttention
{
    /// <summary>Of tokens to tokens.</summary>
    /// <param name="graph">Where the nodes are written.</param>
    /// <param name="projections">Queries, keys and values: [N, L, 3C].</param>
    /// <param name="heads">How many heads there are.</param>
    /// <returns>[N, L, C].</returns>
    public static string OfTokens(OnnxGraph graph, string projections, long heads)
    {
        // Of 3C the reshape keeps what the heads leave over: their size.
        var parts = graph.Transpose(
            graph.Node("Reshape", [projections, graph.Numbers($"heads_{heads}", [0, 0, 3, heads, -1])]), 2, 0, 3, 1, 4);
        var attended = ScaledDotProduct(graph, Part(0), graph.Transpose(Part(1), 0, 1, 3, 2), Part(2));
        return graph.Node("Reshape", [graph.Transpose(attended, 0, 2, 1, 3), graph.Numbers("pixels", [0, 0, -1])]);

        string Part(long number) =>
            graph.Node("Gather", [parts, graph.Place(number)], OnnxGraph.Integer("axis", 0));
    }

    /// <summary>Of one token to others.</summary>
    /// <param name="graph">Where the nodes are written.</param>
    /// <param name="query">[N, C].</param>
    /// <param name="keys">[N, L, C].</param>
    /// <param name="values">[N, L, C].</param>
    /// <param name="heads">How many heads there are.</param>
    /// <returns>[N, C].</returns>
    public static string OfOneToken(OnnxGraph graph, string query, string keys, string values, long heads)
    {
        var parts = graph.Numbers($"tokens_{heads}", [0, 0, heads, -1]);
        return graph.Flatten(ScaledDotProduct(
            graph,
            graph.Node("Reshape", [query, graph.Numbers($"token_{heads}", [0, heads, 1, -1])]),
            graph.Transpose(graph.Node("Reshape", [keys, parts]), 0, 2, 3, 1),
            graph.Transpose(graph.Node("Reshape", [values, parts]), 0, 2, 1, 3)));
    }

    /// <summary>Of channels to channels.</summary>
    /// <param name="graph">Where the nodes are written.</param>
    /// <param name="projections">Queries, keys and values: [N, H, W, 3C].</param>
    /// <param name="temperature">[heads, 1, 1].</param>
    /// <param name="heads">How many heads there are.</param>
    /// <returns>[N, H, W, C].</returns>
    public static string OfChannels(OnnxGraph graph, string projections, string temperature, long heads)
    {
        // [N, H, W, 3C] to [N, 3 · heads, C / heads, H · W].
        var split = graph.Node(
            "Reshape", [projections, graph.Numbers($"channels_{heads}", [0, 0, 0, 3 * heads, -1])]);
        var parts = graph.Node(
            "Reshape", [graph.Transpose(split, 0, 3, 4, 1, 2), graph.Numbers("maps", [0, 0, 0, -1])]);
        var cosines = graph.Node("MatMul", [Unit(Part(0)), graph.Transpose(Unit(Part(1)), 0, 1, 3, 2)]);
        var weights = graph.Node("Softmax", [graph.Node("Mul", [cosines, temperature])]);
        var attended = graph.Transpose(graph.Node("MatMul", [weights, Part(2)]), 0, 3, 1, 2);
        var pixels = graph.Node("Shape", [projections], OnnxGraph.Integer("start", 0), OnnxGraph.Integer("end", 3));
        return graph.Node("Reshape", [attended, graph.Node(
            "Concat", [pixels, graph.Numbers("rest", [-1])], OnnxGraph.Integer("axis", 0))]);

        string Part(long number) => graph.Node(
            "Gather", [parts, graph.Numbers($"part_{number}_of_{heads}", [.. Enumerable.Range(0, (int)heads)
                .Select(head => (number * heads) + head)])], OnnxGraph.Integer("axis", 1));

        string Unit(string rows) => graph.Node("Div", [rows, graph.Node("Max", [
            graph.Node("ReduceL2", [rows], OnnxGraph.Integers("axes", [-1])), graph.Number("least_norm", 1e-12f)])]);
    }

    /// <summary>From queries and values [N, heads, L, C / heads], and keys with the last two exchanged.</summary>
    private static string ScaledDotProduct(OnnxGraph graph, string queries, string keys, string values)
    {
        var size = graph.Node("Shape", [queries], OnnxGraph.Integer("start", 3), OnnxGraph.Integer("end", 4));
        var root = graph.Node("Sqrt", [graph.Node("Cast", [size], OnnxGraph.Integer("to", OnnxGraph.FloatType))]);
        var scores = graph.Node("MatMul", [graph.Node("Div", [queries, root]), keys]);
        return graph.Node("MatMul", [graph.Node("Softmax", [scores]), values]);
    }
}
