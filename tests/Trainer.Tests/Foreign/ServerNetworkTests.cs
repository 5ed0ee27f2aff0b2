using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;

namespace Trainer.Tests.Foreign;

public sealed class ServerNetworkTests
{
    private static readonly byte[] Labels = [2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void A_question_is_the_body_of_a_POST_request_and_the_answer_that_of_its_response()
    {
        using var server = new PreparedServer("200 OK", Labels);
        using var network = ProgramNetwork.Find($"{server.Address}classify", null).Build(new(1, 1, 2), 3);
        using var images = tensor([0f, 0.5f, 1f, 0f]).reshape(2, 1, 1, 2);
        using var logits = network.call(images);
        TensorAssert.Same(tensor(new[,] { { 0f, 0f, 1f }, { 1f, 0f, 0f } }), logits);
        Assert.StartsWith("POST /classify HTTP/1.1\r\n", server.Head, StringComparison.Ordinal);
        Assert.Equal(
            [2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0], server.Body);
    }

    [Theory]
    [InlineData("200 OK", 12, "ended its answer before it was complete")]
    [InlineData("200 OK", 0, "ended its answer before it was complete")]
    [InlineData("200 OK", 17, "answered with 17 bytes, expected 16")]
    [InlineData("500 Internal Server Error", 16, "answered with status 500, expected 200")]
    [InlineData("302 Found\r\nLocation: http://192.0.2.1/", 0, "answered with status 302, expected 200")]
    public void Other_answers_are_refused(string status, int length, string message)
    {
        var body = new byte[length];
        Labels.AsSpan(0, Math.Min(length, Labels.Length)).CopyTo(body);
        using var server = new PreparedServer(status, body);
        Fails(message, server.Address);
    }

    [Fact]
    public void A_connection_that_ends_within_the_answer_is_told()
    {
        using var server = new PreparedServer("200 OK", Labels) { Missing = 4 };
        Fails("does not answer: The response ended prematurely", server.Address);
    }

    [Fact]
    public void A_server_that_gives_no_answer_in_time_is_told()
    {
        using var server = new PreparedServer("200 OK", Labels) { IsSilent = true };
        Fails("a server: gave no whole answer within 0.1 s", server.Address, TimeSpan.FromSeconds(0.1));
    }

    [Fact]
    public void A_server_that_is_not_there_is_told()
    {
        var server = new PreparedServer("200 OK", Labels);
        server.Dispose();
        Fails("does not answer: Connection refused", server.Address);
    }

    [Theory]
    [InlineData("http://example.org/")]
    [InlineData("http://192.168.0.1:8000/")]
    [InlineData("http://0.0.0.0:8000/")]
    [InlineData("http://localhost.example.org/")]
    [InlineData("http://localhost@example.org/")]
    [InlineData("https://localhost:8000/")]
    [InlineData("file:///etc/passwd")]
    public void An_address_that_is_not_on_this_machine_is_refused(string address)
    {
        var exception = Assert.Throws<TrainerException>(() => ProgramNetwork.Find(address, null));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.Contains("expected a server on this machine", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:8000/")]
    [InlineData("http://127.0.0.1:8000/classify")]
    [InlineData("http://[::1]:8000/")]
    public void An_address_on_this_machine_is_taken(string address) =>
        Assert.Equal((address, "a server"), (
            ProgramNetwork.Find(address, null).Source, ProgramNetwork.Find(address, null).Kind));

    private static void Fails(string message, string address, TimeSpan? limit = null)
    {
        var program = ProgramNetwork.Find(address, null);
        using var network = (program with { AnswerLimit = limit ?? program.AnswerLimit }).Build(new(1, 1, 2), 3);
        using var images = zeros(2, 1, 1, 2);
        var exception = Assert.Throws<TrainerException>(() => network.call(images));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}
