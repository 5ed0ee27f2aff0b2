using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Trainer.Tests.Commands;

/// <summary>trainer evaluate with programs and servers, and what it refuses before a network is tried.</summary>
public sealed class ForeignNetworkCommandTests(CommandWorkbench workbench) : IClassFixture<CommandWorkbench>
{
    private const string Python = "/usr/bin/python3";

    // As the classes are: an image's brightest row is twice its label, so that 3 of 12 images are classified correctly.
    private static readonly string[] Data =
    [
        "--data", """{"type":"safetensors","train":"train.safetensors","test":"test.safetensors","classes":10}""",
        "--threat", """{"norm":"linf","epsilon":0.1}""", "--examples", "12",
    ];

    [Fact]
    public void A_program_answers_over_its_standard_input_and_output()
    {
        // The example in Python, where there is one; that in C# takes seconds to compile.
        var name = File.Exists(Python) ? "server.py" : "server.cs";
        var result = Named(Repository.Path("recipes", "program-example", name),
            "--program", "--attack", "square", "--max-queries", "30", "--timeout", "900");
        Answered(result, name);
    }

    [Fact]
    public void A_server_on_this_machine_answers_over_HTTP()
    {
        using var listener = new HttpListener();
        using (var port = new TcpListener(IPAddress.Loopback, 0))
        {
            port.Start();
            listener.Prefixes.Add($"http://localhost:{((IPEndPoint)port.LocalEndpoint).Port}/");
        }
        listener.Start();
        var serving = Task.Run(() => Serve(listener), TestContext.Current.CancellationToken);
        var address = listener.Prefixes.Single();
        var result = Named(address, "--attack", "square", "--max-queries", "30");
        Assert.Contains("note: measures a server for 10 classes", result.Error, StringComparison.Ordinal);
        Answered(result, address);
        listener.Stop();
        Assert.Throws<HttpListenerException>(serving.GetAwaiter().GetResult);
    }

    [Theory]
    [InlineData("page.ts", 4, "'page.ts' is a web page")]
    [InlineData("half.ts", 4, "'half.ts' is a zip archive of 50000 bytes without the index")]
    [InlineData("page.ts", 4, "does not start", "--program")]
    [InlineData("conv-small.onnx", 2, "--max-queries: pgd-40 does not count queries", "--max-queries", "9")]
    [InlineData("conv-small.onnx", 2, "--timeout is for programs and servers", "--timeout", "5")]
    [InlineData("conv-small-traced.ts", 2, "is a network itself. Leave it out.", "--model", "conv-small")]
    [InlineData("http://192.0.2.1/", 2, "expected a server on this machine")]
    [InlineData("http://localhost:1/", 2, "--classes: found 3, and the data have 10.", "--classes", "3")]
    [InlineData("http://localhost:1/", 2, "--ledger: nothing shows whether", "--ledger", "ledger")]
    [InlineData("http://localhost:1/", 4, "does not answer: Connection refused", "--attack", "square")]
    public void Wrong_files_and_options_are_refused_before_anything_is_created(
        string named, int exitCode, string message, params string[] more)
    {
        File.WriteAllText(workbench.At("page.ts"), "<html><body>Not found</body></html>");
        File.WriteAllBytes(workbench.At("half.ts"), File.ReadAllBytes(Fixture("conv-small-traced.ts"))[..50000]);
        var before = workbench.Contents;
        var result = Named(File.Exists(Fixture(named)) ? Fixture(named) : named, more);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Equal(before, workbench.Contents);
    }

    [Fact]
    public void The_normalisation_of_a_network_must_be_stated()
    {
        var result = workbench.Run(["evaluate", Fixture("conv-small.onnx"), .. Data]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("--normalisation is missing", result.Error, StringComparison.Ordinal);
    }

    private static void Answered((int ExitCode, string Output, string Error) result, string name)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        // 30 queries for each of three images, and the verdict.
        Assert.Matches(@"square +linf 0\.1 +3 .* 93 +0 ", result.Output);
        Assert.Contains($"\n{name} ", result.Output, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Named(string named, params string[] more) =>
        workbench.Run(["evaluate", named, "--normalisation", "null", .. more, .. Data]);

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "networks", name);

    /// <summary>Answers images of 8×8 pixels with the brightness of their rows, until the listener stops.</summary>
    private static void Serve(HttpListener listener)
    {
        while (true)
        {
            var context = listener.GetContext();
            var question = new MemoryStream();
            context.Request.InputStream.CopyTo(question);
            var pixels = MemoryMarshal.Cast<byte, float>(question.ToArray().AsSpan(16));
            var logits = new float[pixels.Length / 64 * 10];
            for (var pixel = 0; pixel < pixels.Length; pixel++)
                logits[pixel / 64 * 10 + pixel % 64 / 8] += pixels[pixel];
            int[] shape = [logits.Length / 10, 10];
            using var answer = context.Response.OutputStream;
            answer.Write(MemoryMarshal.AsBytes(shape.AsSpan()));
            answer.Write(MemoryMarshal.AsBytes(logits.AsSpan()));
        }
    }
}
