using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using static TorchSharp.torch;

using var network = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)); // any module that maps images to logits
var (images, labels) = (rand(100, 1, 28, 28), arange(100).remainder(10)); // float32 in [0, 1], and int64
using var classifier = new Classifier(network, classes: 10);
using var evaluation = classifier.InEvaluationMode();
var random = RandomSource.ForExamples(RandomKey.Of(0), [.. Enumerable.Range(0, 100).Select(index => (long)index)]);
var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 8 / 255.0 };
var batch = new AttackBatch(classifier, images, new MarginLoss(labels), threat, random);
var adversarial = new Pgd { Steps = 40 }.Run(batch).Images;
var right = classifier.Predict(images).eq(labels).sum().item<long>();
var robust = classifier.Predict(adversarial).eq(labels).sum().item<long>();
Console.WriteLine($"{right} of 100 right, {robust} under attack");
