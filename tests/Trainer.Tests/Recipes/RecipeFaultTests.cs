using Trainer.Recipes;
using Trainer.Recipes.Parsing;

namespace Trainer.Tests.Recipes;

/// <summary>Every message is pinned letter by letter: this table is what a person reads.</summary>
public sealed class RecipeFaultTests : IDisposable
{
    private readonly RecipeFolder folder = new RecipeFolder().Write("good.json", RecipeFolder.Good);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train.epoch=3", "--set train.epoch: unknown key, expected one of epochs, batchSize, precision, "
        + "maxSteps, milestones. Did you mean \"epochs\"?")]
    [InlineData("trian.epochs=3", "--set trian.epochs: trian: unknown key, expected one of name, threat, objective, "
        + "train, checkpoint, check, final, seed, device. Did you mean \"train\"?")]
    [InlineData("epochs=3", "--set epochs: unknown key, expected one of name, threat, objective, train, checkpoint, "
        + "check, final, seed, device. Did you mean \"train.epochs\"?")]
    [InlineData("objective.epsilon=0.1",
        "--set objective.epsilon: unknown key, expected attack. Did you mean \"threat.epsilon\"?")]
    [InlineData("objective.attack.momentum=1",
        "--set objective.attack.momentum: unknown key, expected one of steps, stepSize, randomStart, norm.")]
    [InlineData("train.EPOCHS=3", "--set train.EPOCHS: unknown key, expected one of epochs, batchSize, precision, "
        + "maxSteps, milestones. Did you mean \"epochs\"?")]
    [InlineData("train.epochs=three", "--set train.epochs: found \"three\", expected a whole number of at least 1.")]
    [InlineData("train.epochs=2.5", "--set train.epochs: found 2.5, expected a whole number of at least 1.")]
    [InlineData("train.epochs=0", "--set train.epochs: found 0, expected a whole number of at least 1.")]
    [InlineData("train.epochs=\"3\"",
        "--set train.epochs: found \"3\", expected a whole number of at least 1, without quotation marks.")]
    [InlineData("train.epochs=99999999999",
        "--set train.epochs: found 99999999999, expected a whole number of at least 1, up to 2147483647.")]
    [InlineData("seed=99999999999999999999",
        "--set seed: found 99999999999999999999, expected a whole number, up to 9223372036854775807.")]
    [InlineData("seed=\"1\"", "--set seed: found \"1\", expected a whole number, without quotation marks.")]
    [InlineData("train.epochs=[3]", "--set train.epochs: found a list, expected a whole number of at least 1.")]
    [InlineData("threat.epsilon=\"0.1\"",
        "--set threat.epsilon: found \"0.1\", expected a number of at least 0, without quotation marks.")]
    [InlineData("objective.attack.type=7", "--set objective.attack.type: found 7, expected one of broken, fgsm, pgd.")]
    [InlineData("checkpoint=[]",
        "--set checkpoint: found a list, expected an object with keepLast, monitor, compress, share.")]
    [InlineData("train.epochs=null", "--set train.epochs: missing, expected a whole number of at least 1.")]
    [InlineData("train.batchSize=127", "--set train.batchSize: found 127, expected an even number.")]
    [InlineData("train.milestones=3", "--set train.milestones: found 3, expected a list, each item a whole number.")]
    [InlineData("train.milestones=[1,\"b\"]",
        "--set train.milestones: train.milestones[1]: found \"b\", expected a whole number.")]
    [InlineData("threat.epsilon=-8/255",
        "--set threat.epsilon: found \"-8/255\", expected a number of at least 0, or a fraction like \"8/255\".")]
    [InlineData("threat.epsilon=8/0",
        "--set threat.epsilon: found \"8/0\", expected a number of at least 0, or a fraction like \"8/255\".")]
    [InlineData("threat.epsilon=1e999",
        "--set threat.epsilon: found 1e999, expected a number of at least 0, up to 1.7976931348623157E+308.")]
    [InlineData("threat.epsilon=large",
        "--set threat.epsilon: found \"large\", expected a number of at least 0, or a fraction like \"8/255\".")]
    [InlineData("threat.norm=l3", "--set threat.norm: found \"l3\", expected one of linf, l2.")]
    [InlineData("threat.norm=Linf",
        "--set threat.norm: found \"Linf\", expected one of linf, l2. Did you mean \"linf\"?")]
    [InlineData("threat.norm=2", "--set threat.norm: found 2, expected one of linf, l2.")]
    [InlineData("threat=0.1", "--set threat: found 0.1, expected an object with norm, epsilon.")]
    [InlineData("checkpoint.share=1.5", "--set checkpoint.share: found 1.5, expected a number from 0 to 1.")]
    [InlineData("checkpoint.compress=yes", "--set checkpoint.compress: found \"yes\", expected true or false.")]
    [InlineData("checkpoint.keepLast.count=2",
        "--set checkpoint.keepLast.count: checkpoint.keepLast: found an object, expected a whole number.")]
    [InlineData("name=17", "--set name: found 17, expected text in quotation marks.")]
    [InlineData("objective.attack.stepSize=0", "--set objective.attack.stepSize: found 0, expected a number above 0.")]
    [InlineData("objective.attack.type=pdg",
        "--set objective.attack.type: found \"pdg\", expected one of broken, fgsm, pgd. Did you mean \"pgd\"?")]
    [InlineData("objective.attack.type=square",
        "--set objective.attack.type: found \"square\", expected one of broken, fgsm, pgd.")]
    [InlineData("objective.attack.type=broken", "--set objective.attack.type: objective.attack: "
        + "the constructor of Trainer.Tests.Recipes.SampleBroken in Trainer.Tests threw InvalidOperationException: "
        + "No licence for this attack; mend that class, or take it out of the recipe.")]
    [InlineData("objective.attack=pdg", "--set objective.attack: objective.attack.type: found \"pdg\", "
        + "expected one of broken, fgsm, pgd. Did you mean \"pgd\"?")]
    [InlineData("objective.attack=7",
        "--set objective.attack: found 7, expected an object whose type is one of broken, fgsm, pgd.")]
    [InlineData("objective=trades",
        "--set objective: objective.attack: missing, expected an object whose type is one of broken, fgsm, pgd.")]
    [InlineData("objective.type=trades",
        "--set objective.type: objective.attack: missing, expected an object whose type is one of broken, fgsm, pgd.")]
    [InlineData("objective=null", "--set objective: missing, expected an object whose type is one of pgd-at, trades.")]
    [InlineData("check={}", "--set check: check.type: missing, expected one of broken, fgsm, pgd.")]
    [InlineData("final=[{\"type\":\"fgsm\",\"steps\":1}]",
        "--set final: final[0].steps: unknown key; nothing else is allowed here.")]
    [InlineData("final[0].steps=3", "--set final[0].steps: final: found an object, expected a list, "
        + "each item an object whose type is one of broken, fgsm, pgd.")]
    [InlineData("train.precision=bfloat16;device=cpu",
        "--set train.precision: found \"bfloat16\" with the device \"cpu\", expected \"float32\".")]
    [InlineData("train.epochs", "--set train.epochs: found no \"=\", expected path=value, as in --set train.epochs=3.")]
    [InlineData("=3", "--set : found an empty name in the path, expected one like --set train.epochs=3.")]
    [InlineData("train..epochs=3",
        "--set train..epochs: found an empty name in the path, expected one like --set train.epochs=3.")]
    [InlineData("extends=other.json", "--set extends: is allowed in a recipe's file only.")]
    [InlineData("train={\"epochs\":1,\"epochs\":2}",
        "--set train: train.epochs: the key is given twice; keep one of them.")]
    [InlineData("extensions=[1]", "--set extensions: found 1, expected a list of assemblies' file names.")]
    [InlineData("extensions=[\"/no/such.dll\"]", "--set extensions: the extension /no/such.dll: there is no such file; "
        + "build the extension, or correct the name.")]
    public void An_override_at_fault_is_refused_with(string set, string message) =>
        Assert.Equal(message, folder.Refusal("good.json", set.Split(';')));

    [Theory]
    [InlineData("", "bad.json: the file is empty, expected a recipe: { \"name\": … }.")]
    [InlineData("[]", "bad.json:1: found a list, expected an object: { \"name\": … }.")]
    [InlineData("{ \"name\": \"a\"\n  \"seed\": 1 }",
        "bad.json:2: not valid JSON: found '\"' in column 3, expected a comma or a closing bracket; correct it there.")]
    [InlineData("{ \"name\": \"a\",\n  \"seed\": 1", "bad.json:2: not valid JSON: found the end of the text, "
        + "expected more: close each brace, bracket and quotation mark; correct it there.")]
    [InlineData("{ \"name\": 'a' }", "bad.json:1: not valid JSON: found ''' in column 11, expected a value, "
        + "with text in double quotation marks; correct it there.")]
    [InlineData("{ \"name\": \"a\" } }",
        "bad.json:1: not valid JSON: found '}' in column 17, expected nothing more; correct it there.")]
    [InlineData("{ \"name\": \"C:\\pics\" }", "bad.json:1: not valid JSON: found 'p' in column 15, expected another "
        + "character after the backslash: write \\\\ for a backslash, or / in a path; correct it there.")]
    [InlineData("{ \"name\": \"C:\\users\" }", "bad.json:1: not valid JSON: found 's' in column 16, expected another "
        + "character after the backslash: write \\\\ for a backslash, or / in a path; correct it there.")]
    [InlineData("{ \"name\": \"a\tb\" }", "bad.json:1: not valid JSON: found the control character 9 in column 13, "
        + "expected a quotation mark that ends the text, or \\n or \\t in it; correct it there.")]
    [InlineData("{ \"name\": \"\\ud800\" }", "bad.json:1: not valid JSON: found half a surrogate pair, "
        + "or bytes that are not UTF-8, in a string; correct it there.")]
    [InlineData("{}", "The recipe has 4 faults:\n  bad.json:1: name: missing, "
        + "expected text in quotation marks.\n  bad.json:1: threat: missing, expected an object with norm, "
        + "epsilon.\n  bad.json:1: objective: missing, expected an object whose type is one of pgd-at, "
        + "trades.\n  bad.json:1: train: missing, expected an object with epochs, batchSize, precision, maxSteps, "
        + "milestones.")]
    [InlineData(
        "{\n  \"name\": \"a\",\n  \"train\": {\n    \"epochs\": 3,\n    \"epochs\": 4\n  },\n  \"name\": \"b\"\n}",
        "The recipe has 2 faults:\n  bad.json:5: train.epochs: the key is given twice, first on line 4; "
        + "keep one of them.\n  bad.json:7: name: the key is given twice, first on line 2; keep one of them.")]
    [InlineData("{\n  \"extends\": \"goood.json\"\n}",
        "bad.json:2: extends: found \"goood.json\", but there is no file goood.json. Did you mean \"good.json\"?")]
    [InlineData("{\n  \"extends\": [\"nowhere/far.json\"]\n}",
        "bad.json:2: extends: found \"nowhere/far.json\", but there is no file nowhere/far.json.")]
    [InlineData("{ \"extends\": 3 }", "bad.json:1: extends: found 3, expected a recipe's file name or a list of them.")]
    [InlineData("{ \"extends\": \"bad.json\" }", "bad.json:1: extends: the recipes extend each other in a circle: "
        + "bad.json → bad.json; take one of these links out.")]
    [InlineData("{ \"extends\": \"good.json\", \"extensions\": \"My.dll\" }",
        "bad.json:1: extensions: found \"My.dll\", expected a list of assemblies' file names.")]
    [InlineData("{ \"extends\": \"good.json\", \"extensions\": [\"bad.json\"] }", "bad.json:1: the extension bad.json: "
        + "it is not a .NET assembly for this version of .NET; name the .dll that the build wrote.")]
    [InlineData(
        "{\n  \"name\": \"a\",\n  \"treat\": {},\n  \"threat\": { \"norm\": \"l3\", \"epsilon\": "
        + "\"x\" },\n  \"objective\": { \"type\": \"pgd-at\", \"attack\": { \"type\": \"pgd\", \"stpes\": "
        + "3 } },\n  \"train\": { \"epochs\": -1 }\n}", "The recipe has 5 faults:\n  bad.json:3: treat: unknown key, "
        + "expected one of name, threat, objective, train, checkpoint, check, final, seed, device. "
        + "Did you mean \"threat\"?\n  bad.json:4: threat.norm: found \"l3\", expected one of linf, l2.\n  bad.json:4: "
        + "threat.epsilon: found \"x\", expected a number of at least 0, or a fraction like \"8/255\".\n  bad.json:5: "
        + "objective.attack.stpes: unknown key, expected one of steps, stepSize, randomStart, norm. "
        + "Did you mean \"steps\"?\n  bad.json:6: train.epochs: found -1, expected a whole number of at least 1.")]
    public void A_file_at_fault_is_refused_with(string text, string message)
    {
        folder.Write("bad.json", text);
        Assert.Equal(message, folder.Refusal("bad.json"));
    }

    [Fact]
    public void A_missing_file_names_the_nearest_one() => Assert.Equal(
        "god.json: no such file; expected a JSON file. Did you mean \"good.json\"?",
        folder.Refusal("god.json"));

    [Fact]
    public void A_folder_is_not_a_recipe()
    {
        folder.Write("inner/any.json", "{}");
        Assert.Equal("inner: found a folder, expected a JSON file.", folder.Refusal("inner"));
    }

    [Fact]
    public void A_circle_is_named_in_full()
    {
        folder.Write("a.json", """{ "extends": "b.json" }""").Write("b.json", """{ "extends": "sub/c.json" }""").Write("sub/c.json", """{ "extends": "../b.json" }""");
        Assert.Equal(
            "sub/c.json:1: extends: the recipes extend each other in a circle: b.json → sub/c.json → b.json; "
            + "take one of these links out.",
            folder.Refusal("a.json"));
    }

    [Fact]
    public void An_environment_variable_at_fault_is_named() => Assert.Equal(
        "TRAINER__train__epochs: train.epochs: found \"many\", expected a whole number of at least 1.",
        folder.Refusal(new RecipeSource(folder["good.json"])
        {
            Environment = new Dictionary<string, string> { ["TRAINER__train__epochs"] = "many" },
        }));

    [Fact]
    public void A_stored_recipe_at_fault_names_its_place() => Assert.Equal(
        "runs/a/recipe.json:1: threat: missing, expected an object with norm, epsilon.",
        Assert.Throws<TrainerException>(() => RecipeLoader.FromText<Sample>(RecipeFolder.Good.Replace("\"threat\": "
        + "{ \"norm\": \"linf\", \"epsilon\": 0.1 },", ""), "runs/a/recipe.json", RecipeFolder.Registry)).Message);
}
